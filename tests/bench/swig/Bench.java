// SPDX-License-Identifier: MIT OR Apache-2.0
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import osmemlock.LockedBuffer;

/**
 * The processor's time for new and close of 32 bytes, a byte[32] and a call that does nothing: the median of nine rounds each, that of all threads, the
 * collector's and the compiler's too.
 */
class Bench {
    static final int ROUNDS = 9;
    static byte[] seen;
    static long sum;

    /* Rounds of so many calls that the clock's ticks, of 10 ms, are no part of the figure. */
    static double time(int calls, Runnable subject) {
        OperatingSystemMXBean system = (OperatingSystemMXBean)ManagementFactory.getOperatingSystemMXBean();
        double[] rounds = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = system.getProcessCpuTime();
            for (int i = 0; i < calls; i++) subject.run();
            rounds[round] = (double)(system.getProcessCpuTime() - start) / calls;
        }
        Arrays.sort(rounds);
        return rounds[ROUNDS / 2];
    }

    public static void main(String[] arguments) {
        LockedBuffer open = new LockedBuffer(32);
        double own = time(3000000, () -> seen = new byte[32]);
        double call = time(3000000, () -> sum += open.size());
        double buffer = time(1000000, () -> new LockedBuffer(32).close());
        System.out.printf("java: byte[32] %.0f ns, call %.0f ns, LockedBuffer %.0f ns%n", own, call, buffer);
    }
}
