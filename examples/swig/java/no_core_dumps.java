// SPDX-License-Identifier: MIT OR Apache-2.0
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import osmemlock.CoreDumpsGuard;
import osmemlock.HardenStep;
import osmemlock.Osml;

/** Switches core dumps off for the time that they would hurt, and hardens the process for good. */
class NoCoreDumps {
    static final Path LIMITS = Path.of("/proc/self/limits");

    static void show(String when) throws IOException {
        String line = Files.lines(LIMITS).filter(l -> l.startsWith("Max core file size")).findFirst().get();
        System.out.printf("%-26s %s%n", when, line.split(" {2,}")[1]);
    }

    public static void main(String[] arguments) throws IOException {
        show("core dumps may have:");
        try (CoreDumpsGuard guard = Osml.disableCoreDumpsWithGuard()) {
            show("under the guard:");
        }
        show("the guard is gone:");

        // A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
        Set<HardenStep> done = Osml.harden(HardenStep.values());
        show("hardened for good:");
        System.out.println("core limit: " + done.contains(HardenStep.CORE_LIMIT) + ", undumpable: " + done.contains(HardenStep.UNDUMPABLE));
    }
}
