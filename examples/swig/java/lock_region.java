// SPDX-License-Identifier: MIT OR Apache-2.0
import java.nio.ByteBuffer;
import osmemlock.Info;
import osmemlock.LockedRegion;
import osmemlock.Osml;
import osmemlock.RegionOption;

/** Locks memory that the program has already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked. */
class LockRegion {
    static final RegionOption[] OPTIONS = {RegionOption.DONT_DUMP, RegionOption.WIPE};

    static void show(String when) {
        System.out.printf("%-28s %d KiB locked%n", when, Osml.info(Info.PROCESS_LOCKED_BYTES) / 1024);
    }

    public static void main(String[] arguments) {
        ByteBuffer secrets = ByteBuffer.allocateDirect(256).alignedSlice(128); // so that both halves do lie in one page
        ByteBuffer password = secrets.limit(64).slice();
        ByteBuffer token = secrets.limit(128).position(64).slice();

        show("at the start:");
        try (LockedRegion lockOfToken = new LockedRegion(token, OPTIONS)) {
            try (LockedRegion lockOfPassword = new LockedRegion(password, OPTIONS)) {
                show("both locked, in one page:");
                // ... the program reads its secrets into the buffers, as in channel.read(password), and uses them there ...
            }
            show("password unlocked:");
        }
        show("token unlocked too:");
    }
}
