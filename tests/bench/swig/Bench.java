// SPDX-License-Identifier: MIT OR Apache-2.0
import osmemlock.LockedBuffer;

/** New and close of 32 bytes beside a byte[32], in turns in one run; the best of each counts. */
class Bench {
    static final int CALLS = 50000;
    static byte[] seen;

    static double time(Runnable subject) {
        System.gc();
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++) subject.run();
        return (double) (System.nanoTime() - start) / CALLS;
    }

    public static void main(String[] arguments) {
        double buffer = Double.MAX_VALUE;
        double own = Double.MAX_VALUE;
        for (int round = 0; round < 9; round++) {
            buffer = Math.min(buffer, time(() -> new LockedBuffer(32).close()));
            own = Math.min(own, time(() -> seen = new byte[32]));
        }
        System.out.printf("java: byte[32] %.0f ns, LockedBuffer %.0f ns, %.1fx%n", own, buffer, buffer / own);
    }
}
