// SPDX-License-Identifier: MIT OR Apache-2.0
import com.godaddy.asherah.securememory.Secret;
import com.godaddy.asherah.securememory.TransientSecretFactory;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;

/** Holds a secret of 64 bytes that comes on descriptor 3, by asherah. Prints "ready PID", and obeys the commands of ../c/commands.c that it has. */
class Holder {
    static final int SIZE = 64;
    static Secret held;

    /** What it is read through is wiped; the array is wiped by createSecret(). */
    static Secret hold() throws IOException {
        ByteBuffer through = ByteBuffer.allocateDirect(SIZE);
        byte[] bytes = new byte[SIZE];
        try (FileInputStream pipe = new FileInputStream("/dev/fd/3")) {
            pipe.getChannel().read(through);
        }
        through.flip().get(bytes);
        for (int i = 0; i < SIZE; i++) through.put(i, (byte) 0);
        return new TransientSecretFactory().createSecret(bytes);
    }

    static int sum() {
        return held.withSecretBytes(bytes -> {
            int sum = 0;
            for (byte one : bytes) sum += one;
            return sum & 0xff;
        });
    }

    static void leaveRaising() {
        try {
            held.withSecretBytes(bytes -> { if (bytes.length > 0) throw new IllegalStateException("enough"); });
        } catch (IllegalStateException error) {
            return;
        } finally {
            held.close();
        }
    }

    static void collect() {
        held = null;
        for (int round = 0; round < 10; round++) {
            System.gc();
            System.runFinalization();
        }
    }

    static int obey(String line) {
        switch (line.split(" ")[0]) {
            case "release": held.close(); break;
            case "use": return sum();
            case "raise": leaveRaising(); break;
            case "collect": collect(); break;
            case "exit": if (line.endsWith("1")) Runtime.getRuntime().halt(0); else System.exit(0);
        }
        return 0;
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        held = hold();
        System.out.println("ready " + ProcessHandle.current().pid());
        for (String line = lines.readLine(); line != null; line = lines.readLine()) System.out.println("ready " + obey(line));
    }
}
