// SPDX-License-Identifier: MIT OR Apache-2.0
import java.util.ArrayList;
import java.util.List;
import osmemlock.Info;
import osmemlock.LockedBuffer;
import osmemlock.Osml;

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
        System.out.println(Osml.info(Info.LIVE_BUFFERS) + " keys of 32 bytes are alive, "
            + Osml.info(Info.LIBRARY_LOCKED_BYTES) / 1024 + " KiB are locked for them");
        System.out.println("with a page for each key it would be " + keys.size() * Osml.info(Info.PAGE_SIZE) / 1024 + " KiB");
        keys.forEach(LockedBuffer::close);
        System.out.println("after close: " + Osml.info(Info.LIVE_BUFFERS) + " keys");
    }
}
