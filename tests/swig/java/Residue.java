// SPDX-License-Identifier: MIT OR Apache-2.0
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Mac;
import osmemlock.Info;
import osmemlock.LockedBuffer;
import osmemlock.Osml;

/** The victim of ../residue.sh and ../../proof/run: Residue.java from-fd|from-env. It obeys commands. */
class Residue {
    static final Object PID = ProcessHandle.current().pid();
    static final BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    static final List<LockedBuffer> others = new ArrayList<>();
    static LockedBuffer b;
    static byte[] copy;

    static String ready(Object answer) throws Exception {
        System.out.println("ready " + answer);
        return input.readLine();
    }

    static int sum() {
        int sum = 0;
        for (int i = 0; i < b.size(); i++) sum += b.getByte(i);
        return sum & 0xff;
    }

    /** The Cleaner has a thread of its own. */
    static void collect() throws Exception {
        b = null;
        for (int round = 0; round < 1000 && Osml.info(Info.LIVE_BUFFERS) > 0; round++) {
            System.gc();
            Thread.yield();
        }
    }

    static void leaveRaising() {
        try (LockedBuffer last = b) {
            last.with(view -> { throw new IllegalStateException("enough"); });
        } catch (IllegalStateException error) {
            return;
        }
    }

    static String more(int most) {
        try {
            others.add(LockedBuffer.fromFd(4, most));
            return "held";
        } catch (IllegalArgumentException | UncheckedIOException error) {
            return "refused";
        }
    }

    static int fill(int count) {
        try {
            while (others.size() < count) others.add(new LockedBuffer(64));
        } catch (UncheckedIOException error) {
            return others.size();
        }
        return count;
    }

    static void lend() throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(b.asSecretKey("HmacSHA256"));
        mac.doFinal(new byte[1024]);
        b.with(view -> view.get(0));
        ready(PID);
    }

    static long execute() throws IOException {
        return new ProcessBuilder("cat").redirectInput(ProcessBuilder.Redirect.INHERIT).start().pid();
    }

    static void exit(boolean now) {
        if (now) Runtime.getRuntime().halt(0);
        System.exit(0);
    }

    static Object obey(String line) throws Exception {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "release": b.close(); break;
            case "use": return sum();
            case "collect": collect(); break;
            case "raise": leaveRaising(); break;
            case "refuse": return more(32);
            case "more": return more(4096);
            case "fill": return fill(Integer.parseInt(words[1]));
            case "exec": return execute();
            case "lend": lend(); break;
            case "copy": copy = b.read(0, b.size()); break;
            case "exit": exit(words[1].equals("1")); break;
        }
        return PID;
    }

    public static void main(String[] arguments) throws Exception {
        boolean piped = arguments[0].equals("from-fd");
        b = piped ? LockedBuffer.fromFd(3, 4096) : LockedBuffer.fromEnv("OSML_PROOF_SECRET", 4096);
        for (String line = ready(PID); line != null; line = ready(obey(line))) continue;
    }
}
