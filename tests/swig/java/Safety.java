// SPDX-License-Identifier: MIT OR Apache-2.0
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import osmemlock.CoreDumpsGuard;
import osmemlock.LockedBuffer;
import osmemlock.LockedRegion;
import osmemlock.osmemlock;

/** What must never crash: each runs in a virtual machine of its own, whose exit code is looked at. With an argument: that one. */
class Safety {
    interface Told {
        void tell() throws Exception;
    }

    static final Map<String, Told> TESTS = new LinkedHashMap<>();
    static final List<Object> LEAKED = new ArrayList<>();

    static final String KEY = "\uD83D\uDD11"; // outside the characters of 16 bits
    static final String KEY_IN_OCTAL = "\\360\\237\\224\\221";

    static void require(boolean holds) {
        if (!holds) throw new AssertionError("does not hold");
    }

    static void refused(Class<? extends Throwable> by, Told call) throws Exception {
        try {
            call.tell();
        } catch (Throwable thrown) {
            if (by.isInstance(thrown)) return;
            throw new AssertionError(thrown);
        }
        throw new AssertionError("was not refused");
    }

    static void collect() throws InterruptedException {
        while (osmemlock.info(osmemlock.INFO_LIVE_BUFFERS) > 0) {
            System.gc();
            Thread.sleep(1);
        }
        require(osmemlock.info(osmemlock.INFO_DOUBLE_FREES) == 0);
    }

    static long kib(String name) throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.startsWith(name + ":")) return Long.parseLong(line.replaceAll("\\D", ""));
        throw new AssertionError("no " + name);
    }

    static long vmlck() throws Exception {
        return kib("VmLck");
    }

    static void inThreads(int threads, Told told) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> {
                try {
                    told.tell();
                } catch (Throwable thrown) {
                    synchronized (failures) {
                        failures.add(thrown);
                    }
                }
            });
            started.add(thread);
            thread.start();
        }
        for (Thread thread : started) thread.join();
        require(failures.isEmpty());
    }

    static void writeOrClosed(LockedBuffer b, byte[] array) {
        try {
            b.write(0, array);
            b.read(0, 8);
        } catch (IllegalStateException closed) {
            require(closed.getMessage().startsWith("OSML_ECLOSED"));
        }
    }

    static void defineRegions() {
        final int size = 1 << 20;
        final long wiped = osmemlock.REGION_DONTDUMP | osmemlock.REGION_WIPE;
        TESTS.put("regions that are none", () -> {
            ByteBuffer memory = ByteBuffer.allocateDirect(size);
            long before = vmlck();
            refused(IllegalArgumentException.class, () -> new LockedRegion(null));
            refused(IllegalArgumentException.class, () -> new LockedRegion(ByteBuffer.allocate(8)));
            refused(IllegalArgumentException.class, () -> new LockedRegion(memory, 4));
            refused(IllegalArgumentException.class, () -> new LockedRegion(memory, -1));
            refused(IllegalArgumentException.class, () -> new LockedRegion(memory.asReadOnlyBuffer(), wiped));
            require(vmlck() == before);
            new LockedRegion(memory.asReadOnlyBuffer()).close();
            new LockedRegion(ByteBuffer.allocateDirect(0), wiped).close();
        });
        TESTS.put("a region is wiped whole, whatever the position and limit are", () -> {
            ByteBuffer memory = ByteBuffer.allocateDirect(64);
            try (LockedRegion region = new LockedRegion(memory, wiped)) {
                while (memory.hasRemaining()) memory.put((byte)7);
                memory.position(8).limit(9);
            }
            require(memory.position() == 8 && memory.limit() == 9 && memory.clear().equals(ByteBuffer.allocate(64)));
        });
        TESTS.put("a dropped region keeps its memory until it is unlocked", () -> {
            long before = vmlck();
            for (int i = 0; i < 20; i++) new LockedRegion(ByteBuffer.allocateDirect(size), wiped);
            while (vmlck() > before) {
                System.gc();
                Thread.sleep(1);
            }
        });
        TESTS.put("memory that went before its region", () -> {
            Path file = Files.createTempFile("region", null);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
                long before = vmlck();
                MappedByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
                LockedRegion region = new LockedRegion(memory, wiped);
                channel.truncate(0);
                refused(InternalError.class, region::unlock);
                require(vmlck() == before);
            }
        });
        TESTS.put("nobody can make a clone", () -> {
            for (Class<?> type : List.of(LockedBuffer.class, LockedRegion.class, CoreDumpsGuard.class))
                require(Modifier.isFinal(type.getModifiers()));
        });
        TESTS.put("unlocked while the Cleaner frees it", () -> { // which it may once the last thread has only the lock to wait for
            ByteBuffer memory = ByteBuffer.allocateDirect(8 * size);
            for (int round = 0; round < 100; round++) {
                List<AtomicReference<LockedRegion>> shares = new ArrayList<>();
                LockedRegion region = new LockedRegion(memory, osmemlock.REGION_WIPE);
                for (int i = 0; i < 4; i++) shares.add(new AtomicReference<>(region));
                region = null;
                AtomicInteger next = new AtomicInteger();
                Thread collector = new Thread(System::gc);
                collector.start();
                inThreads(4, () -> shares.get(next.getAndIncrement()).getAndSet(null).unlock());
                collector.join();
            }
        });
        TESTS.put("unlocked in many threads", () -> {
            ByteBuffer memory = ByteBuffer.allocateDirect(size);
            long before = vmlck();
            for (int round = 0; round < 200; round++) {
                LockedRegion region = new LockedRegion(memory);
                inThreads(4, region::unlock);
            }
            require(vmlck() == before);
        });
    }

    static void define() {
        defineRegions();
        TESTS.put("use after close, close twice", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            b.close();
            refused(IllegalStateException.class, () -> b.read(0, 1));
            refused(IllegalStateException.class, () -> b.wipe());
            CoreDumpsGuard guard = osmemlock.disable_core_dumps_with_guard();
            guard.close();
            guard.release();
        });
        TESTS.put("null", () -> {
            LockedBuffer b = new LockedBuffer(8);
            refused(IllegalArgumentException.class, () -> b.equal(null));
            refused(IllegalArgumentException.class, () -> b.copy(0, null, 0, 1));
            refused(NullPointerException.class, () -> b.write(0, null));
            refused(NullPointerException.class, () -> osmemlock.wipe(null));
            refused(IllegalArgumentException.class, () -> osmemlock.mlock(null));
            refused(IllegalArgumentException.class, () -> LockedBuffer.from_file(null, 8));
            refused(IllegalArgumentException.class, () -> LockedBuffer.from_env(null, 8));
            refused(IllegalArgumentException.class, () -> LockedBuffer.from_credential(null, 8));
        });
        TESTS.put("texts are UTF-8", () -> { // the file is made by a shell: in the locale C the machine itself has no such name
            String folder = shell("set -e; d=$(mktemp -d); echo secret >\"$d/$(printf '" + KEY_IN_OCTAL + "')\"; printf %s \"$d\"");
            try (LockedBuffer b = LockedBuffer.from_file(folder + "/" + KEY, 64)) {
                require(b.size() == 7);
            } finally {
                shell("rm -r '" + folder + "'");
            }
            try (LockedBuffer b = LockedBuffer.from_env(KEY, 64)) {
                require(b.size() == 6);
            }
        });
        TESTS.put("texts that no file can have for a name", () -> {
            for (String text : new String[] {"\0", "/dev/null\0", "\uD83D", "/\uDD11", "\uDD11\uD83D"}) {
                refused(IllegalArgumentException.class, () -> LockedBuffer.from_file(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.from_env(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.from_credential(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.prompt(text, 8));
            }
        });
        TESTS.put("arrays keep what they hold", () -> { // every machine at hand hands out copies; of others nothing is seen here
            LockedBuffer b = new LockedBuffer(3);
            byte[] given = {1, 2, 3};
            byte[] into = new byte[3];
            b.write(0, given);
            b.read_into(0, into);
            require(Arrays.equals(given, new byte[] {1, 2, 3}) && Arrays.equals(into, given));
        });
        TESTS.put("a refused number leaves no text behind", () -> {
            String longName = "x".repeat(100000);
            Told call = () -> LockedBuffer.from_file(longName, 8, -1);
            for (int i = 0; i < 1000; i++) refused(IllegalArgumentException.class, call);
            long before = kib("VmRSS");
            for (int i = 0; i < 4000; i++) refused(IllegalArgumentException.class, call);
            require(kib("VmRSS") < before + 200000); // would be 400000 more; the heap is kept small by language.sh
        });
        TESTS.put("no finalizer", () -> {
            for (Method method : LockedBuffer.class.getDeclaredMethods()) require(!method.getName().equals("finalize"));
        });
        TESTS.put("closed and used in many threads", () -> {
            for (int round = 0; round < 50; round++) {
                LockedBuffer b = new LockedBuffer(64);
                Random random = new Random(round);
                inThreads(4, () -> {
                    writeOrClosed(b, new byte[8]);
                    if (random.nextInt(4) == 0) b.close();
                    writeOrClosed(b, new byte[8]);
                });
            }
            collect();
        });
        TESTS.put("freed by the Cleaner while others work", () -> {
            inThreads(4, () -> {
                for (int i = 0; i < 5000; i++) new LockedBuffer(32).random(0, 32); // nobody else holds it during the call
            });
            collect();
        });
        TESTS.put("alive at exit", () -> {
            LEAKED.add(new LockedBuffer(32));
            LEAKED.add(new LockedBuffer(100000));
            LEAKED.add(new LockedRegion(ByteBuffer.allocateDirect(100000), osmemlock.REGION_WIPE));
            LEAKED.add(osmemlock.disable_core_dumps_with_guard());
        });
        TESTS.put("alive at halt", () -> {
            LEAKED.add(new LockedBuffer(32));
            Runtime.getRuntime().halt(0);
        });
    }

    static String shell(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", script).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes());
        require(process.waitFor() == 0);
        return output;
    }

    static int child(String name) throws Exception {
        ProcessHandle.Info me = ProcessHandle.current().info();
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec env \"$(printf '" + KEY_IN_OCTAL + "')=secret\" \"$@\"", "sh"));
        command.add(me.command().get());
        command.addAll(List.of(me.arguments().get()));
        command.add(name);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        int code = process.waitFor();
        boolean warned = output.contains("FATAL ERROR in native") || output.contains("WARNING in native"); // of -Xcheck:jni
        if (code != 0 || warned) System.out.print(output);
        return code != 0 ? code : warned ? 1 : 0;
    }

    public static void main(String[] arguments) throws Exception {
        define();
        if (arguments.length > 0) {
            TESTS.getOrDefault(arguments[0], () -> Runtime.getRuntime().halt(134)).tell();
            return;
        }
        require(child("the control") != 0);
        int failed = 0;
        for (String name : TESTS.keySet()) {
            boolean ok = child(name) == 0;
            System.out.println((ok ? "ok     " : "FAILED ") + name);
            failed += ok ? 0 : 1;
        }
        System.out.println(TESTS.size() + " tests, " + failed + " failed");
        System.exit(failed);
    }
}
