// SPDX-License-Identifier: MIT OR Apache-2.0
import java.util.ArrayList;
import java.util.List;
import osmemlock.LockedBuffer;
import osmemlock.osmemlock;

/** Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way. */
class KeyPool {
    static LockedBuffer newKey() {
        LockedBuffer key = new LockedBuffer(32);
        key.random(0, 32);
        return key;
    }

    public static void main(String[] arguments) {
        List<LockedBuffer> keys = new ArrayList<>();
        for (int i = 0; i < 10000; i++) keys.add(newKey());
        System.out.println(osmemlock.info(osmemlock.INFO_LIVE_BUFFERS) + " keys of 32 bytes are alive, "
            + osmemlock.info(osmemlock.INFO_LOCKED_BYTES) / 1024 + " KiB are locked for them");
        System.out.println("with a page for each key it would be " + keys.size() * osmemlock.info(osmemlock.INFO_PAGE_SIZE) / 1024 + " KiB");
        keys.forEach(LockedBuffer::close);
        System.out.println("after close: " + osmemlock.info(osmemlock.INFO_LIVE_BUFFERS) + " keys");
    }
}
