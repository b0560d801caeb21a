// SPDX-License-Identifier: MIT OR Apache-2.0
import osmemlock.LockedBuffer;
import osmemlock.osmemlock;

/** The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.java [FILE] */
class HoldSecret {
    static final long[] BITS = {osmemlock.LOCKED, osmemlock.NODUMP, osmemlock.WIPEONFORK};
    static final String[] WORDS = {"locked in RAM", "left out of core dumps", "zeros in a forked child"};

    static LockedBuffer readSecret(String[] arguments) {
        if (arguments.length > 0) return LockedBuffer.from_file(arguments[0], 65536, osmemlock.TRIM_NEWLINE);
        return LockedBuffer.from_fd(0, 65536, osmemlock.TRIM_NEWLINE);
    }

    /** Stands for the real use, byte by byte, because an array would be a second secret to look after (FNV-1a). */
    static int checksum(LockedBuffer secret) {
        int total = 0x811c9dc5;
        for (long position = 0; position < secret.size(); position++) total = (total ^ (int) secret.get_byte(position)) * 16777619;
        return total;
    }

    static String yes(long bits, long bit) {
        return (bits & bit) != 0 ? "yes" : "no";
    }

    public static void main(String[] arguments) {
        try (LockedBuffer secret = readSecret(arguments)) {
            System.out.printf("a secret of %d bytes, checksum %08x%n", secret.size(), checksum(secret));
            long said = secret.protections();
            long seen = secret.verify();
            for (int i = 0; i < BITS.length; i++) {
                System.out.printf("  %-24s library: %-4s kernel: %s%n", WORDS[i], yes(said, BITS[i]), yes(seen, BITS[i]));
            }
        }
        System.out.println("secrets alive after the block: " + osmemlock.info(osmemlock.INFO_LIVE_BUFFERS));
    }
}
