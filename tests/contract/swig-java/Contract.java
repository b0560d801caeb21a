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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import osmemlock.CoreDumpsGuard;
import osmemlock.LockedBuffer;
import osmemlock.LockedRegion;
import osmemlock.osmemlock;

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
        return osmemlock.info(osmemlock.INFO_LIVE_BUFFERS);
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
                b.read_into(6, into);
                require(new String(into, ISO_8859_1).equals("key"));
                require(content(b).equals("\0".repeat(5) + "\0key\u00ff" + "\0".repeat(22)));
                b.set_byte(31, 200);
                require(b.get_byte(9) == 255 && b.get_byte(31) == 200);
                b.fill(0, 7, 2);
                b.copy(2, b, 0, 2);
                require(Arrays.equals(b.read(0, 5), new byte[] {7, 7, 7, 7, 0}));
            }
        });
        SCENARIOS.put("positions outside are refused", () -> {
            try (LockedBuffer b = new LockedBuffer(8)) {
                for (long position : new long[] {-1, 8, 1L << 31, HUGE, Long.MIN_VALUE}) {
                    refused(RuntimeException.class, "", () -> b.get_byte(position));
                    refused(RuntimeException.class, "", () -> b.set_byte(position, 1));
                    refused(RuntimeException.class, "", () -> b.write(position, new byte[1]));
                    refused(RuntimeException.class, "", () -> b.read(position, 1));
                }
                for (long[] range : new long[][] {{7, 2}, {0, 9}, {8, 1}, {1, HUGE}, {HUGE, 2}}) {
                    refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.read(range[0], range[1]));
                    refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.fill(range[0], 1, range[1]));
                }
                refused(IndexOutOfBoundsException.class, "OSML_ERANGE", () -> b.write(4, new byte[5]));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.set_byte(0, 256));
                require(Arrays.equals(b.read(0, 8), new byte[8]));
            }
        });
        SCENARIOS.put("wrong arguments are refused", () -> {
            long start = live();
            refused(IllegalArgumentException.class, "", () -> new LockedBuffer(-1));
            refused(Throwable.class, "", () -> new LockedBuffer(HUGE));
            refused(IllegalArgumentException.class, "OSML_EINVAL", () -> new LockedBuffer(8, 1L << 31, 0));
            refused(IllegalArgumentException.class, "", () -> new LockedBuffer(8, 1L << 32, 0));
            refused(IllegalArgumentException.class, "OSML_EINVAL", () -> new LockedBuffer(8, osmemlock.DEFAULT_PROTECTIONS, 99));
            try (LockedBuffer b = new LockedBuffer(8)) {
                refused(NullPointerException.class, "", () -> b.write(0, null));
                refused(NullPointerException.class, "", () -> b.read_into(0, null));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.equal(null));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> b.copy(0, null, 0, 1));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> LockedBuffer.from_file(null, 9));
            }
            require(live() == start);
        });
    }

    static void tellClose() {
        SCENARIOS.put("close wipes", () -> {
            LockedBuffer b = holding("key");
            long before = live();
            require(!b.closed());
            b.close();
            require(b.closed() && live() == before - 1);
        });
        SCENARIOS.put("close twice", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            b.close();
            require(b.closed());
        });
        SCENARIOS.put("closed is refused", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            try (LockedBuffer other = new LockedBuffer(8)) {
                List<Told> calls = List.of(() -> b.write(0, new byte[1]), () -> b.read(0, 1), () -> b.read_into(0, new byte[1]), () -> b.get_byte(0),
                    () -> b.set_byte(0, 1), () -> b.fill(0, 1, 1), () -> b.random(0, 8), () -> b.copy(0, other, 0, 1), () -> other.copy(0, b, 0, 1),
                    () -> b.wipe(), () -> b.equal(other), () -> other.equal(b), () -> b.protect(osmemlock.ACCESS_READ), () -> b.protections(),
                    () -> b.verify(), () -> b.decode_hex(), () -> b.decode_base64(), () -> b.write_fd(1));
                for (Told call : calls) refused(IllegalStateException.class, "OSML_ECLOSED", call);
            }
            require(b.closed() && b.size() == 8);
        });
        SCENARIOS.put("the scope closes", () -> {
            LockedBuffer[] kept = new LockedBuffer[1];
            try (LockedBuffer b = new LockedBuffer(8)) {
                kept[0] = b;
            }
            require(kept[0].closed());
            refused(ArithmeticException.class, "", () -> {
                try (LockedBuffer b = new LockedBuffer(8)) {
                    kept[0] = b;
                    throw new ArithmeticException();
                }
            });
            require(kept[0].closed());
        });
        SCENARIOS.put("the user's error survives", () -> {
            Exception mine = new Exception("mine");
            try (LockedBuffer b = new LockedBuffer(8); CoreDumpsGuard guard = osmemlock.disable_core_dumps_with_guard()) {
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
                b.set_byte(9, b.get_byte(9) ^ 1);
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
                require(content(b).equals("\0\0\0") && !b.closed());
            }
        });
        SCENARIOS.put("protections are true", () -> {
            long wanted = osmemlock.LOCKED | osmemlock.NODUMP | osmemlock.WIPEONFORK | osmemlock.CANARY;
            try (LockedBuffer b = new LockedBuffer(32)) {
                require(wanted == osmemlock.DEFAULT_PROTECTIONS);
                require((b.protections() & wanted) == wanted && (b.verify() & wanted) == wanted);
            }
        });
        SCENARIOS.put("guarded buffers can be shut", () -> {
            try (LockedBuffer b = new LockedBuffer(8, osmemlock.DEFAULT_PROTECTIONS | osmemlock.GUARDED, osmemlock.POLICY_DEFAULT)) {
                b.protect(osmemlock.ACCESS_READ);
                require(b.get_byte(0) == 0);
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.write(0, new byte[1]));
                b.protect(osmemlock.ACCESS_NONE);
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.get_byte(0));
                refused(RuntimeException.class, "OSML_EACCESS", () -> b.write(0, new byte[1]));
                b.protect(osmemlock.ACCESS_READWRITE);
                b.write(0, bytes("x"));
                require(b.get_byte(0) == 'x');
            }
            try (LockedBuffer b = new LockedBuffer(8)) {
                refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> b.protect(osmemlock.ACCESS_READ));
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
            try (LockedBuffer whole = LockedBuffer.from_file(name, 100); LockedBuffer trimmed = LockedBuffer.from_file(name, 8, osmemlock.TRIM_NEWLINE)) {
                require(content(whole).equals("the key\n") && content(trimmed).equals("the key"));
            }
            refused(IllegalArgumentException.class, "OSML_ETOOBIG", () -> LockedBuffer.from_file(name, 7));
            Files.delete(path);
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.from_file(name, 7));
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.from_credential("no-such-credential", 7));
        });
        SCENARIOS.put("from a descriptor, and out again", () -> {
            Path path = Files.createTempDirectory("osml").resolve("pipe");
            require(new ProcessBuilder("mkfifo", path.toString()).start().waitFor() == 0);
            RandomAccessFile both = new RandomAccessFile(path.toFile(), "rw"); // waits for no other end, fifo(7)
            int into = descriptorOf(path);
            FileInputStream reader = new FileInputStream(path.toFile());
            try (LockedBuffer b = holding("\0through\0a pipe\0")) {
                b.write_fd(into);
                both.close();
                try (LockedBuffer c = LockedBuffer.from_fd(descriptorOf(path), 100)) {
                    require(b.equal(c));
                }
            }
            reader.close();
        });
        SCENARIOS.put("from the environment", () -> {
            String name = "OSML_CONTRACT_SECRET";
            try (LockedBuffer b = LockedBuffer.from_env(name, 100)) {
                require(content(b).equals(System.getenv(name))); // Java's own copy, from the start
            }
            String block = Files.readString(Path.of("/proc/self/environ"), ISO_8859_1);
            require(block.contains("PATH=") && !block.contains(System.getenv(name)));
            refused(UncheckedIOException.class, "ENOENT", () -> LockedBuffer.from_env(name, 100));
        });
        SCENARIOS.put("decode", () -> {
            try (LockedBuffer hex = holding("00ff6B"); LockedBuffer base64 = holding("AP9r/w=="); LockedBuffer neither = holding("neither!")) {
                hex.decode_hex();
                base64.decode_base64();
                require(content(hex).equals("\0\u00ffk") && content(base64).equals("\0\u00ffk\u00ff"));
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> neither.decode_hex());
                refused(IllegalArgumentException.class, "OSML_EINVAL", () -> neither.decode_base64());
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
            osmemlock.mlock(own);
            require(vmlck() >= before + 1024);
            osmemlock.munlock(own);
            require(vmlck() == before);
            osmemlock.madvise_dontdump(own);
            refused(IllegalArgumentException.class, "", () -> osmemlock.mlock(ByteBuffer.allocate(8)));
            refused(IllegalArgumentException.class, "", () -> osmemlock.mlock(null));
            byte[] array = bytes("wipe me");
            osmemlock.wipe(array);
            require(Arrays.equals(array, new byte[7]));
            LockedRegion first = new LockedRegion(own, osmemlock.REGION_WIPE);
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
            try (CoreDumpsGuard guard = osmemlock.disable_core_dumps_with_guard()) {
                require(guard != null && soft().equals("0"));
            }
            require(soft().equals(before));
            CoreDumpsGuard first = osmemlock.disable_core_dumps_with_guard();
            CoreDumpsGuard second = osmemlock.disable_core_dumps_with_guard();
            first.release();
            require(soft().equals("0"));
            second.release();
            second.release();
            require(soft().equals(before));
            osmemlock.disable_core_dumps_for_process();
            require(soft().equals("0"));
        });
        SCENARIOS.put("Windows helpers", () -> {
            require(osmemlock.SEM_FAILCRITICALERRORS == 1 && osmemlock.SEM_NOGPFAULTERRORBOX == 2 && osmemlock.SEM_NOOPENFILEERRORBOX == 0x8000);
            refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> osmemlock.set_windows_error_mode(1));
            refused(RuntimeException.class, "OSML_EUNSUPPORTED", () -> osmemlock.suppress_windows_error_dialogs_for_process());
        });
        SCENARIOS.put("the report", () -> {
            collect(0);
            String pageSize = new String(new ProcessBuilder("getconf", "PAGESIZE").start().getInputStream().readAllBytes(), ISO_8859_1).strip();
            require(osmemlock.info(osmemlock.INFO_PAGE_SIZE) == Long.parseLong(pageSize));
            try (LockedBuffer b = new LockedBuffer(8)) {
                require(b.size() == 8 && live() == 1);
            }
            require(live() == 0 && osmemlock.version().matches("\\d+\\.\\d+\\.\\d+") && osmemlock.error_name(-10001).equals("OSML_EUNSUPPORTED"));
            refused(IllegalArgumentException.class, "OSML_EINVAL", () -> osmemlock.info(999));
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
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            System.out.println(refused(OutOfMemoryError.class, "OSML_ELIMIT", () -> new LockedBuffer(1 << 20)));
            return;
        }
        tellBasics();
        tellClose();
        tellContents();
        tellSources();
        tellProcess();
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
