// SPDX-License-Identifier: MIT OR Apache-2.0
import java.util.Set;
import osmemlock.Info;
import osmemlock.LockedBuffer;
import osmemlock.Osml;
import osmemlock.Protection;
import osmemlock.SourceOption;

/** The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.java [FILE] */
class HoldSecret {
    static final Protection[] PROTECTIONS = {Protection.LOCKED, Protection.NO_DUMP, Protection.WIPE_ON_FORK};
    static final String[] WORDS = {"locked in RAM", "left out of core dumps", "zeros in a forked child"};

    static LockedBuffer readSecret(String[] arguments) {
        if (arguments.length > 0) return LockedBuffer.fromFile(arguments[0], 65536, SourceOption.TRIM_NEWLINE);
        return LockedBuffer.fromFd(0, 65536, SourceOption.TRIM_NEWLINE);
    }

    /** Stands for the real use, byte by byte, because an array would be a second secret to look after (FNV-1a). */
    static int checksum(LockedBuffer secret) {
        int total = 0x811c9dc5;
        for (long position = 0; position < secret.size(); position++) total = (total ^ secret.getByte(position)) * 16777619;
        return total;
    }

    static String yes(Set<Protection> all, Protection one) {
        return all.contains(one) ? "yes" : "no";
    }

    public static void main(String[] arguments) {
        try (LockedBuffer secret = readSecret(arguments)) {
            System.out.printf("a secret of %d bytes, checksum %08x%n", secret.size(), checksum(secret));
            Set<Protection> said = secret.protections();
            Set<Protection> seen = secret.verify();
            for (int i = 0; i < PROTECTIONS.length; i++) {
                System.out.printf("  %-24s library: %-4s kernel: %s%n", WORDS[i], yes(said, PROTECTIONS[i]), yes(seen, PROTECTIONS[i]));
            }
        }
        System.out.println("secrets alive after the block: " + Osml.info(Info.LIVE_BUFFERS));
    }
}
