// SPDX-License-Identifier: MIT OR Apache-2.0
import java.nio.ByteBuffer;
import osmemlock.LockedRegion;
import osmemlock.osmemlock;

/** Locks memory that the program has already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked. */
class LockRegion {
    static final long FLAGS = osmemlock.REGION_DONTDUMP | osmemlock.REGION_WIPE;

    static void show(String when) {
        System.out.printf("%-28s %d KiB locked%n", when, osmemlock.info(osmemlock.INFO_LOCK_USED) / 1024);
    }

    public static void main(String[] arguments) {
        ByteBuffer secrets = ByteBuffer.allocateDirect(256).alignedSlice(128); // so that both halves do lie in one page
        ByteBuffer password = secrets.limit(64).slice();
        ByteBuffer token = secrets.limit(128).position(64).slice();

        show("at the start:");
        try (LockedRegion lockOfToken = new LockedRegion(token, FLAGS)) {
            try (LockedRegion lockOfPassword = new LockedRegion(password, FLAGS)) {
                show("both locked, in one page:");
                // ... the program reads its secrets into the buffers, as in channel.read(password), and uses them there ...
            }
            show("password given back:");
        }
        show("token given back too:");
    }
}
