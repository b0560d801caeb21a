// SPDX-License-Identifier: MIT OR Apache-2.0
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FileInputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import osmemlock.Access;
import osmemlock.Coding;
import osmemlock.CoreDumpsGuard;
import osmemlock.ErrorMode;
import osmemlock.Info;
import osmemlock.LockedBuffer;
import osmemlock.LockedRegion;
import osmemlock.Osml;
import osmemlock.Policy;
import osmemlock.Protection;
import osmemlock.RegionOption;
import osmemlock.SourceOption;

/** The contract of ../README.md, told in Java. With the argument "quota": the child of scenario 24. */
class Contract {
    interface Told {
        void tell() throws Exception;
    }

    static final Map<String, Told> SCENARIOS = new LinkedHashMap<>();
    static final long HUGE = Long.MAX_VALUE;

    static void require(boolean holds) {
        if (!holds) throw new AssertionError("does not hold");
    }

    /** The call must throw that, with the code's name in front; the message is the result. */
    static String refused(Class<? extends Throwable> by, String code, Told call) throws Exception {
        try {
            call.tell();
        } catch (Throwable thrown) {
            String message = String.valueOf(thrown.getMessage());
            if (by.isInstance(thrown) && message.startsWith(code)) return message;
            throw new AssertionError(thrown);
        }
        throw new AssertionError("was not refused");
    }

    static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    static LockedBuffer holding(String text) {
        LockedBuffer b = new LockedBuffer(text.length());
        b.write(0, bytes(text));
        return b;
    }

    static String content(LockedBuffer b) {
        return new String(b.read(0, b.size()), ISO_8859_1);
    }

    static long live() {
        return Osml.info(Info.LIVE_BUFFERS);
    }

    static long idle() {
        return Osml.info(Info.IDLE_BYTES);
    }

    static long locked() {
        return Osml.info(Info.LIBRARY_LOCKED_BYTES);
    }

    /** Until the Cleaner's thread has done its work; the caller's time limit is the only clock. */
    static void collect(long until) throws InterruptedException {
        while (live() > until) {
            System.gc();
            Thread.sleep(1);
        }
    }

    static String line(String file, String start) throws Exception {
        return Files.lines(Path.of(file)).filter(l -> l.startsWith(start)).findFirst().get().substring(start.length()).strip();
    }

    static void tellBasics() {
        SCENARIOS.put("born zero", () -> {
            try (LockedBuffer b = new LockedBuffer(32); LockedBuffer none = new LockedBuffer(0)) {
                require(b.size() == 32 && Arrays.equals(b.read(0, 32), new byte[32]));
                require(none.size() == 0 && none.read(0, 0).length == 0);
            }
        });
        SCENARIOS.put("bytes go in and out", () -> {
            try (LockedBuffer b = new LockedBuffer(32)) {
                b.write(5, bytes("\0key\u00ff"));
                byte[] into = new byte[3];
                b.readInto(6, into);
                require(new String(into, ISO_8859_1).equals("key"));
                require(content(b).equals("\0".repeat(5) + "\0key\u00ff" + "\0".repeat(22)));
                b.setByte(31, 200);
                require(b.getByte(9) == 255 && b.getByte(31) == 200);
                b.fill(0, 7, 2);
                b.copy(2, b, 0, 2);
                require(Arrays.equals(b.read(0, 5), new byte[] {7, 7, 7, 7, 0}));
            }
        });
        SCENARIOS.put("positions outside are refused", () -> {
            try (LockedBuffer b = new LockedBuffer(8)) {
                for (long position : new long[] {-1, 8, 1L << 31, HUGE, Long.MIN_VALUE}) {
                    refused(RuntimeException.class, "", () -> b.getByte(position));
                    refused(RuntimeException.class, "", () -> b.setByte(position, 1));
                    refused(RuntimeException.class, "", () -> b.write(position, new byte[1]));
                    refused(RuntimeException.class, "", () -> b.read(position, 1));
                }
                for (long[] range : new long[][] {{7, 2}, {0, 9}, {8, 1}, {1, HUGE}, {HUGE, 2}}) {
                    refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.read(range[0], range[1]));
                    refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.fill(range[0], 1, range[1]));
                }
                refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.write(4, new byte[5]));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.setByte(0, 256));
                require(Arrays.equals(b.read(0, 8), new byte[8]));
            }
        });
        SCENARIOS.put("wrong arguments are refused", () -> {
            long start = live();
            refused(IllegalArgumentException.class, "", () -> new LockedBuffer(-1));
            refused(Throwable.class, "", () -> new LockedBuffer(HUGE));
            refused(NullPointerException.class, "", () -> new LockedBuffer(8, null, Policy.DEFAULT));
            refused(NullPointerException.class, "", () -> new LockedBuffer(8, Set.of(), null));
            try (LockedBuffer b = new LockedBuffer(8)) {
                refused(NullPointerException.class, "", () -> b.write(0, null));
                refused(NullPointerException.class, "", () -> b.readInto(0, null));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.equal(null));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.copy(0, null, 0, 1));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> LockedBuffer.fromFile(null, 9));
            }
            require(live() == start);
        });
    }

    static void tellClose() {
        SCENARIOS.put("close wipes", () -> {
            LockedBuffer b = holding("key");
            long before = live();
            require(!b.isClosed());
            b.close();
            require(b.isClosed() && live() == before - 1);
        });
        SCENARIOS.put("close twice", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            b.close();
            require(b.isClosed());
        });
        SCENARIOS.put("closed is refused", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            try (LockedBuffer other = new LockedBuffer(8)) {
                List<Told> calls = List.of(() -> b.write(0, new byte[1]), () -> b.read(0, 1), () -> b.readInto(0, new byte[1]), () -> b.getByte(0),
                    () -> b.setByte(0, 1), () -> b.fill(0, 1, 1), () -> b.random(0, 8), () -> b.copy(0, other, 0, 1), () -> other.copy(0, b, 0, 1),
                    () -> b.wipe(), () -> b.equal(other), () -> other.equal(b), () -> b.protect(Access.READ), () -> b.protections(),
                    () -> b.verify(), () -> b.decode(Coding.HEX), () -> b.encode(Coding.HEX), () -> b.part(0, 1),
                    () -> b.joined(b), () -> b.prefixed(new byte[1]), () -> b.suffixed(new byte[1]), () -> b.find(0, new byte[1]),
                    () -> b.equalBytes(new byte[1]), () -> b.writeFd(1), () -> b.readFd(0, 1, 0), () -> b.piped(new String[] {"cat"}, 9));
                for (Told call : calls) refused(IllegalStateException.class, "OSML_ECLOSED", call);
            }
            require(b.isClosed() && b.size() == 8);
        });
        SCENARIOS.put("the scope closes", () -> {
            LockedBuffer[] kept = new LockedBuffer[1];
            try (LockedBuffer b = new LockedBuffer(8)) {
                kept[0] = b;
            }
            require(kept[0].isClosed());
            refused(ArithmeticException.class, "", () -> {
                try (LockedBuffer b = new LockedBuffer(8)) {
                    kept[0] = b;
                    throw new ArithmeticException();
                }
            });
            require(kept[0].isClosed());
        });
        SCENARIOS.put("the user's error survives", () -> {
            Exception mine = new Exception("mine");
            try (LockedBuffer b = new LockedBuffer(8); CoreDumpsGuard guard = Osml.disableCoreDumpsWithGuard()) {
                b.close();
                guard.release();
                throw mine;
            } catch (Exception caught) {
                require(caught == mine && caught.getSuppressed().length == 0);
            }
        });
        SCENARIOS.put("dropped is collected", () -> {
            long start = live();
            List<LockedBuffer> dropped = new ArrayList<>();
            for (int i = 0; i < 100; i++) dropped.add(new LockedBuffer(32));
            require(live() == start + 100);
            dropped.clear();
            collect(start);
            require(live() == start);
        });
    }

    static void tellContents() {
        SCENARIOS.put("equal", () -> {
            try (LockedBuffer a = holding("same bytes"); LockedBuffer b = holding("same bytes"); LockedBuffer longer = holding("same bytes!")) {
                require(a.equal(b) && !a.equal(longer));
                b.setByte(9, b.getByte(9) ^ 1);
                require(!a.equal(b));
                b.close();
                refused(IllegalStateException.class, "OSML_ECLOSED", () -> a.equal(b));
            }
        });
        SCENARIOS.put("random", () -> {
            try (LockedBuffer a = new LockedBuffer(32); LockedBuffer b = new LockedBuffer(32); LockedBuffer zero = new LockedBuffer(32)) {
                a.random(0, 32);
                b.random(0, 32);
                require(!a.equal(b) && !a.equal(zero) && !b.equal(zero));
            }
        });
        SCENARIOS.put("wipe", () -> {
            try (LockedBuffer b = holding("key")) {
                b.wipe();
                require(content(b).equals("\0\0\0") && !b.isClosed());
            }
        });
        SCENARIOS.put("protections are true", () -> {
            Set<Protection> wanted = Set.of(Protection.LOCKED, Protection.NO_DUMP, Protection.WIPE_ON_FORK, Protection.CANARY);
            try (LockedBuffer b = new LockedBuffer(32)) {
                require(wanted.equals(Protection.defaultsAnd()));
                require(b.protections().containsAll(wanted) && b.verify().containsAll(wanted));
            }
        });
        SCENARIOS.put("guarded buffers can be shut", () -> {
            try (LockedBuffer b = new LockedBuffer(8, Protection.defaultsAnd(Protection.GUARDED), Policy.DEFAULT)) {
                b.protect(Access.READ);
                require(b.getByte(0) == 0);
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.write(0, new byte[1]));
                b.protect(Access.NONE);
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.getByte(0));
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.write(0, new byte[1]));
                b.protect(Access.READ_WRITE);
                b.write(0, bytes("x"));
                require(b.getByte(0) == 'x');
            }
            try (LockedBuffer b = new LockedBuffer(8)) {
                refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> b.protect(Access.READ));
            }
        });
    }

    /** The number of the descriptor that refers to a file of this process, which Java does not tell. */
    static int descriptorOf(Path path) throws Exception {
        try (var links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> refersTo(link, path)).mapToInt(link -> Integer.parseInt(link.getFileName().toString())).findFirst().getAsInt();
        }
    }

    static boolean refersTo(Path link, Path path) {
        try {
            return Files.readSymbolicLink(link).equals(path);
        } catch (java.io.IOException gone) {
            return false;
        }
    }

    static void tellSources() {
        SCENARIOS.put("from a file", () -> {
            Path path = Files.createTempFile("osml", "");
            String name = path.toString();
            Files.writeString(path, "the key\n");
            try (LockedBuffer whole = LockedBuffer.fromFile(name, 100); LockedBuffer trimmed = LockedBuffer.fromFile(name, 8, SourceOption.TRIM_NEWLINE)) {
                require(content(whole).equals("the key\n") && content(trimmed).equals("the key"));
            }
            refused(IllegalArgumentException.class, "OSML_ETOOBIG", () -> LockedBuffer.fromFile(name, 7));
            refused(IllegalArgumentException.class, "OSML_EEMPTY", () -> LockedBuffer.fromFile("/dev/null", 7));
            Files.delete(path);
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.fromFile(name, 7));
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.fromCredential("no-such-credential", 7));
        });
        SCENARIOS.put("from a descriptor, and out again", () -> {
            Path path = Files.createTempDirectory("osml").resolve("pipe");
            require(new ProcessBuilder("mkfifo", path.toString()).start().waitFor() == 0);
            RandomAccessFile both = new RandomAccessFile(path.toFile(), "rw"); // waits for no other end, fifo(7)
            int into = descriptorOf(path);
            FileInputStream reader = new FileInputStream(path.toFile());
            try (LockedBuffer b = holding("\0through\0a pipe\0")) {
                b.writeFd(into);
                b.writeFd(into);
                both.close();
                try (LockedBuffer part = new LockedBuffer(20)) {
                    require(part.readFd(2, 16, descriptorOf(path)) == 16);
                    require(content(part).startsWith("\0\0\0t"));
                    refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> part.readFd(19, 2, descriptorOf(path)));
                }
                try (LockedBuffer c = LockedBuffer.fromFd(Osml.fdFromOsHandle(descriptorOf(path)), 100)) {
                    require(b.equal(c));
                }
            }
            reader.close();
            refused(IllegalArgumentException.class, "OSML_EINVAL", () -> Osml.fdFromOsHandle(-1));
        });
        SCENARIOS.put("from the environment", () -> {
            String name = "OSML_CONTRACT_SECRET";
            try (LockedBuffer b = LockedBuffer.fromEnv(name, 100)) {
                require(content(b).equals(System.getenv(name))); // Java's own copy, from the start
            }
            String block = Files.readString(Path.of("/proc/self/environ"), ISO_8859_1);
            require(block.contains("PATH=") && !block.contains(System.getenv(name)));
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.fromEnv(name, 100));
        });
        SCENARIOS.put("decode", () -> {
            try (LockedBuffer hex = holding("00ff6B"); LockedBuffer base64 = holding("AP9r/w=="); LockedBuffer neither = holding("neither!")) {
                hex.decode(Coding.HEX);
                base64.decode(Coding.BASE64);
                require(content(hex).equals("\0\u00ffk") && content(base64).equals("\0\u00ffk\u00ff"));
                try (LockedBuffer base32 = holding("ad7w x7y\n")) {
                    base32.decode(Coding.BASE32);
                    require(base32.equal(base64));
                }
                require(refused(IllegalArgumentException.class, "OSML_EFORMAT", () -> neither.decode(Coding.HEX)).contains("Line 1"));
                refused(IllegalArgumentException.class, "OSML_EFORMAT", () -> neither.decode(Coding.BASE64));
                require(content(neither).equals("neither!"));
            }
        });
    }

    static long vmlck() throws Exception {
        return Long.parseLong(line("/proc/self/status", "VmLck:").split(" ")[0]);
    }

    static String soft() throws Exception {
        return line("/proc/self/limits", "Max core file size").split(" +")[0];
    }

    static void tellProcess() {
        SCENARIOS.put("locks by address", () -> {
            ByteBuffer own = ByteBuffer.allocateDirect(1 << 20);
            long before = vmlck();
            Osml.mlock(own);
            require(vmlck() >= before + 1024);
            Osml.munlock(own);
            require(vmlck() == before);
            Osml.madviseDontdump(own);
            refused(IllegalArgumentException.class, "", () -> Osml.mlock(ByteBuffer.allocate(8)));
            refused(IllegalArgumentException.class, "", () -> Osml.mlock(null));
            byte[] array = bytes("wipe me");
            Osml.wipe(array);
            require(Arrays.equals(array, new byte[7]));
            LockedRegion first = new LockedRegion(own, RegionOption.WIPE);
            LockedRegion second = new LockedRegion(own);
            own.put(0, (byte)1).put((1 << 20) - 1, (byte)1);
            first.unlock();
            first.unlock();
            require(own.equals(ByteBuffer.allocate(1 << 20)) && vmlck() >= before + 1024);
            second.unlock();
            require(vmlck() == before);
            refused(IllegalArgumentException.class, "", () -> new LockedRegion(ByteBuffer.allocate(8)));
        });
        SCENARIOS.put("core dumps off and on", () -> {
            String before = soft();
            require(!before.equals("0"));
            try (CoreDumpsGuard guard = Osml.disableCoreDumpsWithGuard()) {
                require(guard != null && soft().equals("0"));
            }
            require(soft().equals(before));
            CoreDumpsGuard first = Osml.disableCoreDumpsWithGuard();
            CoreDumpsGuard second = Osml.disableCoreDumpsWithGuard();
            first.release();
            require(soft().equals("0"));
            second.release();
            second.release();
            require(soft().equals(before));
            Osml.disableCoreDumpsForProcess();
            require(soft().equals("0"));
        });
        SCENARIOS.put("Windows helpers", () -> {
            require(ErrorMode.of(0x8003).equals(EnumSet.allOf(ErrorMode.class)) && ErrorMode.of(2).equals(Set.of(ErrorMode.NO_GP_FAULT_ERROR_BOX)));
            refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> Osml.setWindowsErrorMode(Set.of(ErrorMode.FAIL_CRITICAL_ERRORS)));
            refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> Osml.suppressWindowsErrorDialogsForProcess());
        });
        SCENARIOS.put("the report", () -> {
            collect(0);
            String pageSize = new String(new ProcessBuilder("getconf", "PAGESIZE").start().getInputStream().readAllBytes(), ISO_8859_1).strip();
            require(Osml.info(Info.PAGE_SIZE) == Long.parseLong(pageSize));
            try (LockedBuffer b = new LockedBuffer(8)) {
                require(b.size() == 8 && live() == 1);
            }
            require(live() == 0 && Osml.version().matches("\\d+\\.\\d+\\.\\d+(-\\w+)?") && Osml.errorName(-10001).equals("OSML_EUNSUPPORTED"));
            refused(NullPointerException.class, "", () -> Osml.info(null));
        });
        SCENARIOS.put("the lock limit is explained", () -> {
            List<String> command = new ArrayList<>(List.of(System.getenv("OSML_QUOTA")));
            ProcessHandle.Info me = ProcessHandle.current().info();
            command.add(me.command().get());
            command.addAll(List.of(me.arguments().get()));
            command.add("quota");
            String message = new String(new ProcessBuilder(command).start().getInputStream().readAllBytes(), ISO_8859_1);
            require(message.startsWith("OSML_ELIMIT") && message.contains("65536") && message.contains("ulimit -l"));
        });
        SCENARIOS.put("purge closes everything", () -> {
            List<LockedBuffer> ended = List.of(holding("secret"), new LockedBuffer(100000));
            Osml.purge();
            require(live() == 0);
            for (LockedBuffer b : ended) {
                require(b.isClosed());
                refused(IllegalStateException.class, "OSML_ECLOSED", () -> b.getByte(0));
                b.close();
            }
            try (LockedBuffer b = holding("new")) {
                require(live() == 1 && content(b).equals("new"));
            }
            Osml.purge();
        });
        SCENARIOS.put("trim gives idle memory back", () -> {
            try (LockedBuffer stays = holding("stays")) {
                LockedBuffer[] made = new LockedBuffer[100];
                for (int i = 0; i < made.length; i++) made[i] = new LockedBuffer(1000);
                for (LockedBuffer b : made) b.close();
                long idle = idle(), locked = locked();
                Osml.trim();
                require(idle() < idle && locked() < locked && content(stays).equals("stays"));
            }
        });
    }

    static void tellText() {
        SCENARIOS.put("encode", () -> {
            Coding[] codings = { Coding.HEX, Coding.BASE64, Coding.BASE64_URL, Coding.BASE32 };
            String[] texts = { "00ff6bff", "AP9r/w==", "AP9r_w", "AD7WX7Y=" };
            try (LockedBuffer b = holding("\0\u00ffk\u00ff")) {
                for (int i = 0; i < codings.length; i++) {
                    try (LockedBuffer encoded = b.encode(codings[i])) {
                        require(content(encoded).equals(texts[i]));
                        encoded.decode(codings[i]);
                        require(encoded.equal(b));
                    }
                }
                refused(NullPointerException.class, "", () -> b.encode(null));
            }
        });
        SCENARIOS.put("words around a secret", () -> {
            try (LockedBuffer b = holding("t0k3n"); LockedBuffer before = b.prefixed(bytes("Bearer ")); LockedBuffer header = before.suffixed(bytes("\r\n"));
                 LockedBuffer part = header.part(7, 5); LockedBuffer twice = b.joined(b)) {
                require(content(b).equals("t0k3n") && content(header).equals("Bearer t0k3n\r\n"));
                require(content(part).equals("t0k3n") && content(twice).equals("t0k3nt0k3n"));
                require(header.find(0, bytes("t0k3n")) == 7 && header.find(8, bytes("t0k3n")) == -1 && twice.find(1, bytes("t0")) == 5);
                require(b.equalBytes(bytes("t0k3n")) && !b.equalBytes(bytes("t0k3N")) && !b.equalBytes(bytes("t0k3")));
                refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.part(1, 5));
            }
            byte[] memory = bytes("taken");
            try (LockedBuffer b = LockedBuffer.take(memory)) {
                require(content(b).equals("taken") && new String(memory, ISO_8859_1).equals("\0\0\0\0\0"));
            }
        });
    }

    static void tellUse() {
        SCENARIOS.put("used in place", () -> {
            LockedBuffer b = holding("secret");
            java.nio.ByteBuffer[] kept = new java.nio.ByteBuffer[1];
            require(b.with(view -> (kept[0] = view).get(0) + view.capacity()) == 's' + 6);
            require(b.asSecretKey("AES").getEncoded().length == 6);
            try {
                b.with(view -> {
                    throw new ArithmeticException("mine");
                });
                require(false);
            } catch (ArithmeticException mine) {
                require(mine.getMessage().equals("mine"));
            }
            refused(IllegalStateException.class, "OSML_ECLOSED", () -> b.with(view -> {
                b.close();
                return 7;
            }));
            refused(IllegalStateException.class, "OSML_ECLOSED", b::view);
            require(kept[0].get(0) == 0);
        });
        SCENARIOS.put("from a command", () -> {
            try (LockedBuffer b = LockedBuffer.fromCommand(new String[] {"printf", "%s", "$HOME; `id`"}, 100)) {
                require(content(b).equals("$HOME; `id`"));
            }
            try (LockedBuffer b = new LockedBuffer(300000); LockedBuffer c = b.piped(new String[] {"cat"}, 300000)) {
                require(b.equal(c));
                require(refused(RuntimeException.class, "OSML_ECOMMAND", () -> b.piped(new String[] {"sh", "-c", "exit 3"}, 9))
                        .contains("exit status was 3"));
            }
            refused(IllegalArgumentException.class, "OSML_ETOOBIG", () -> LockedBuffer.fromCommand(new String[] {"echo", "long"}, 3));
            refused(IllegalArgumentException.class, "OSML_EEMPTY", () -> LockedBuffer.fromCommand(new String[] {"true"}, 3));
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.fromCommand(new String[] {"/nonexistent/program"}, 3));
        });
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            System.out.println(refused(UncheckedIOException.class, "OSML_ELIMIT", () -> new LockedBuffer(1 << 20)));
            return;
        }
        tellBasics();
        tellClose();
        tellContents();
        tellSources();
        tellProcess();
        tellText();
        tellUse();
        System.out.println("1.." + SCENARIOS.size());
        int number = 0;
        for (Map.Entry<String, Told> scenario : SCENARIOS.entrySet()) {
            String line = ++number + " - " + scenario.getKey();
            try {
                scenario.getValue().tell();
                System.out.println("ok " + line);
            } catch (Throwable thrown) {
                System.out.println("not ok " + line + "\n# " + thrown + " " + thrown.getStackTrace()[0]);
            }
        }
    }
}
