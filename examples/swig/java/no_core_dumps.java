// SPDX-License-Identifier: MIT OR Apache-2.0
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import osmemlock.CoreDumpsGuard;
import osmemlock.osmemlock;

/** Switches core dumps off for the time that they would hurt, and hardens the process for good. */
class NoCoreDumps {
    static final Path LIMITS = Path.of("/proc/self/limits");

    static void show(String when) throws IOException {
        String line = Files.lines(LIMITS).filter(l -> l.startsWith("Max core file size")).findFirst().get();
        System.out.printf("%-26s %s%n", when, line.split(" {2,}")[1]);
    }

    public static void main(String[] arguments) throws IOException {
        show("core dumps may have:");
        try (CoreDumpsGuard guard = osmemlock.disable_core_dumps_with_guard()) {
            show("under the guard:");
        }
        show("the guard is gone:");

        // A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
        long done = osmemlock.harden(osmemlock.HARDEN_ALL);
        show("hardened for good:");
        System.out.println("core limit: " + ((done & osmemlock.HARDEN_CORE_LIMIT) != 0) + ", undumpable: " + ((done & osmemlock.HARDEN_UNDUMPABLE) != 0));
    }
}
