// SPDX-License-Identifier: MIT OR Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import osmemlock.Access;
import osmemlock.Coding;
import osmemlock.CoreDumpsGuard;
import osmemlock.HardenStep;
import osmemlock.Info;
import osmemlock.LockedBuffer;
import osmemlock.LockedRegion;
import osmemlock.Osml;
import osmemlock.Policy;
import osmemlock.Protection;
import osmemlock.RegionOption;
import osmemlock.SourceOption;

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
        while (Osml.info(Info.LIVE_BUFFERS) > 0) {
            System.gc();
            Thread.sleep(1);
        }
        require(Osml.info(Info.DOUBLE_FREES) == 0);
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

    static LockedBuffer holding(String text) {
        LockedBuffer b = new LockedBuffer(text.length());
        b.write(0, text.getBytes());
        return b;
    }

    static String hmac(Key key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Arrays.toString(mac.doFinal("message".getBytes()));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static int sum(ByteBuffer bytes) {
        int sum = 0;
        while (bytes.hasRemaining()) sum += bytes.get();
        return sum;
    }

    /* Neither has an end: a program that sleeps, and a pipe that nobody writes to. */
    static void defineWaits() {
        TESTS.put("interrupted in a wait", () -> {
            Path pipe = Files.createTempDirectory("osml").resolve("pipe");
            require(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
            for (Told wait : List.<Told>of(
                    () -> LockedBuffer.fromCommand(new String[] {"sleep", "60"}, 9), () -> LockedBuffer.fromFile(pipe.toString(), 9))) {
                AtomicReference<Throwable> by = new AtomicReference<>();
                AtomicInteger still = new AtomicInteger();
                Thread thread = new Thread(() -> {
                    try {
                        wait.tell();
                    } catch (Throwable thrown) {
                        by.set(thrown);
                    }
                    still.set(Thread.currentThread().isInterrupted() ? 1 : 0);
                });
                thread.start();
                thread.interrupt();
                thread.join();
                require(by.get() instanceof UncheckedIOException && by.get().getCause() instanceof InterruptedIOException);
                require(still.get() == 1 && Osml.info(Info.LIVE_BUFFERS) == 0);
            }
            Files.delete(pipe);
        });
    }

    static void defineUse() {
        final String expected = hmac(new SecretKeySpec("secret".getBytes(), "HmacSHA256"));
        TESTS.put("used where it lies", () -> {
            LockedBuffer b = holding("secret");
            require(b.with(Safety::sum) == 646 && b.with(outer -> b.with(inner -> outer.get(0) + inner.get(1))) == 's' + 'e');
            require(hmac(b.asSecretKey("HmacSHA256")).equals(expected));
            b.view().put(0, (byte)'x');
            require(b.getByte(0) == 'x');
            require(new LockedBuffer(0).view().capacity() == 0);
            LockedBuffer large = new LockedBuffer(1 << 20, Protection.defaultsAnd(), Policy.BEST_EFFORT);
            require(large.with(ByteBuffer::capacity) == 1 << 20);
            refused(NullPointerException.class, () -> holding("secret").with(null));
        });
        TESTS.put("closed in the scope", () -> {
            List<LockedBuffer> used = List.of(holding("secret"), holding("secret"));
            refused(IllegalStateException.class, () -> used.get(0).with(view -> {
                inThread(used.get(0)::close);
                return sum(view);
            }));
            refused(IllegalStateException.class, () -> used.get(1).with(view -> {
                Osml.purge();
                return sum(view);
            }));
            for (LockedBuffer closed : used) {
                refused(IllegalStateException.class, () -> closed.with(view -> 0));
                refused(IllegalStateException.class, () -> hmac(closed.asSecretKey("HmacSHA256")));
            }
            LockedBuffer mine = holding("secret");
            refused(ArithmeticException.class, () -> mine.with(view -> {
                mine.close();
                throw new ArithmeticException("mine");
            }));
        });
        TESTS.put("views that outlive their buffer", () -> {
            List<ByteBuffer> kept = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                LockedBuffer b = holding("secret".repeat(1 + 999 * (i % 2)));
                kept.add(b.view().slice());
                if (i % 3 > 0) b.close();
            }
            List<LockedBuffer> others = new ArrayList<>();
            for (int i = 0; i < 1000; i++) others.add(holding("SECRET"));
            for (int turn = 0; turn < 5; turn++) {
                System.gc();
                Thread.sleep(20);
            }
            for (int i = 0; i < 100; i++) require(kept.get(i).get(0) == (i % 3 == 0 ? 's' : 0)); // what nobody closed is there
            require(others.get(999).getByte(0) == 'S');
            kept.clear();
            others.clear();
            collect();
        });
        TESTS.put("views of what is guarded", () -> {
            LockedBuffer b = new LockedBuffer(6, Protection.defaultsAnd(Protection.GUARDED), Policy.DEFAULT);
            b.protect(Access.NONE);
            refused(IllegalStateException.class, b::view);
            b.protect(Access.READ);
            ByteBuffer view = b.view();
            require(view.isReadOnly() && view.get(5) == 0);
            refused(IllegalStateException.class, () -> b.protect(Access.NONE));
            refused(IllegalStateException.class, () -> b.setByte(0, 1));
            java.lang.ref.Reference.reachabilityFence(view);
        });
        TESTS.put("what a scope keeps", () -> {
            LockedBuffer b = holding("aGVsbG8=");
            ByteBuffer[] lent = new ByteBuffer[1];
            b.with(view -> lent[0] = view);
            refused(IllegalStateException.class, () -> b.decode(Coding.BASE64));
            require(lent[0].get(0) == 'a');
            lent[0] = null;
            for (boolean pinned = true; pinned; ) {
                System.gc();
                try {
                    b.decode(Coding.BASE64);
                    pinned = false;
                } catch (IllegalStateException still) {
                    Thread.sleep(1);
                }
            }
            require(Arrays.equals(b.read(0, 5), "hello".getBytes()));
        });
        TESTS.put("too large for a view", () -> {
            for (long size : new long[] {(1L << 31) + 16, (1L << 32) + 16}) {
                LockedBuffer b = new LockedBuffer(size, Set.of(Protection.GUARDED), Policy.DEFAULT); // not locked, so it takes no memory
                refused(IndexOutOfBoundsException.class, b::view);
                refused(IndexOutOfBoundsException.class, () -> b.with(view -> 0));
                b.protect(Access.NONE); // no pin was left
                b.close();
            }
        });
        TESTS.put("viewed in many threads", () -> {
            AtomicReference<LockedBuffer> shared = new AtomicReference<>(holding("secret"));
            inThreads(4, () -> {
                for (int i = 0; i < 20000; i++) {
                    LockedBuffer b = shared.get();
                    try {
                        require(b.with(Safety::sum) == 646);
                    } catch (IllegalStateException closed) {
                        shared.set(holding("secret"));
                    }
                    if (i % 100 == 0) b.close();
                }
            });
            shared.set(null);
            collect();
        });
        TESTS.put("keys", () -> {
            LockedBuffer b = holding("secret");
            SecretKey key = b.asSecretKey("HmacSHA256");
            require(key.equals(holding("secret").asSecretKey("HmacSHA256")) && !key.equals(holding("SECRET").asSecretKey("HmacSHA256")));
            require(!key.equals(b.asSecretKey("AES")) && !key.equals(null) && key.hashCode() == b.asSecretKey("HmacSHA256").hashCode());
            refused(NotSerializableException.class, () -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(key));
            refused(NullPointerException.class, () -> b.asSecretKey(null));
            key.destroy();
            require(key.isDestroyed() && b.isClosed());
            require(key.equals(key) && key.equals(b.asSecretKey("HmacSHA256")) && !key.equals(holding("secret").asSecretKey("HmacSHA256")));
        });
        TESTS.put("viewed at exit", () -> {
            LEAKED.add(holding("secret").view());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> sum((ByteBuffer)LEAKED.get(0))));
            holding("secret").with(view -> {
                System.exit(0);
                return 0;
            });
        });
    }

    static void inThread(Runnable run) {
        Thread thread = new Thread(run);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static void defineRegions() {
        final int size = 1 << 20;
        final RegionOption[] wiped = RegionOption.values();
        TESTS.put("regions that are none", () -> {
            ByteBuffer memory = ByteBuffer.allocateDirect(size);
            long before = vmlck();
            refused(IllegalArgumentException.class, () -> new LockedRegion(null));
            refused(IllegalArgumentException.class, () -> new LockedRegion(ByteBuffer.allocate(8)));
            refused(NullPointerException.class, () -> new LockedRegion(memory, (RegionOption)null));
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
                LockedRegion region = new LockedRegion(memory, RegionOption.WIPE);
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
        defineUse();
        defineWaits();
        defineRegions();
        TESTS.put("use after close, close twice", () -> {
            LockedBuffer b = new LockedBuffer(8);
            b.close();
            b.close();
            refused(IllegalStateException.class, () -> b.read(0, 1));
            refused(IllegalStateException.class, () -> b.wipe());
            CoreDumpsGuard guard = Osml.disableCoreDumpsWithGuard();
            guard.close();
            guard.release();
        });
        TESTS.put("null", () -> {
            LockedBuffer b = new LockedBuffer(8);
            refused(IllegalArgumentException.class, () -> b.equal(null));
            refused(IllegalArgumentException.class, () -> b.copy(0, null, 0, 1));
            refused(NullPointerException.class, () -> b.write(0, null));
            refused(NullPointerException.class, () -> Osml.wipe(null));
            refused(IllegalArgumentException.class, () -> Osml.mlock(null));
            refused(IllegalArgumentException.class, () -> LockedBuffer.fromFile(null, 8));
            refused(IllegalArgumentException.class, () -> LockedBuffer.fromEnv(null, 8));
            refused(IllegalArgumentException.class, () -> LockedBuffer.fromCredential(null, 8));
        });
        TESTS.put("texts are UTF-8", () -> { // the file is made by a shell: in the locale C the machine itself has no such name
            String folder = shell("set -e; d=$(mktemp -d); echo secret >\"$d/$(printf '" + KEY_IN_OCTAL + "')\"; printf %s \"$d\"");
            try (LockedBuffer b = LockedBuffer.fromFile(folder + "/" + KEY, 64)) {
                require(b.size() == 7);
            } finally {
                shell("rm -r '" + folder + "'");
            }
            try (LockedBuffer b = LockedBuffer.fromEnv(KEY, 64)) {
                require(b.size() == 6);
            }
        });
        TESTS.put("texts that no file can have for a name", () -> {
            for (String text : new String[] {"\0", "/dev/null\0", "\uD83D", "/\uDD11", "\uDD11\uD83D"}) {
                refused(IllegalArgumentException.class, () -> LockedBuffer.fromFile(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.fromEnv(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.fromCredential(text, 8));
                refused(IllegalArgumentException.class, () -> LockedBuffer.prompt(text, 8));
            }
        });
        TESTS.put("the words of a command are UTF-8", () -> {
            try (LockedBuffer said = LockedBuffer.fromCommand(new String[] {"printf", "%s|", "\u00e9", "", KEY}, 64)) {
                require(said.size() == 5 + KEY.getBytes(StandardCharsets.UTF_8).length);
            }
            for (String[] words : new String[][] {{}, {"echo", "a\0b"}, {"echo", "\uD83D"}}) {
                refused(IllegalArgumentException.class, () -> LockedBuffer.fromCommand(words, 64));
            }
            refused(NullPointerException.class, () -> LockedBuffer.fromCommand(new String[] {"echo", null}, 64));
        });
        TESTS.put("arrays keep what they hold", () -> { // every machine at hand hands out copies; of others nothing is seen here
            LockedBuffer b = new LockedBuffer(3);
            byte[] given = {1, 2, 3};
            byte[] into = new byte[3];
            b.write(0, given);
            b.readInto(0, into);
            require(Arrays.equals(given, new byte[] {1, 2, 3}) && Arrays.equals(into, given));
        });
        TESTS.put("a refused number leaves no text behind", () -> {
            String longName = "x".repeat(100000);
            Told call = () -> LockedBuffer.fromFile(longName, -1);
            for (int i = 0; i < 1000; i++) refused(IllegalArgumentException.class, call);
            long before = kib("VmRSS");
            for (int i = 0; i < 4000; i++) refused(IllegalArgumentException.class, call);
            require(kib("VmRSS") < before + 200000); // would be 400000 more; the heap is kept small by language.sh
        });
        TESTS.put("equal bytes are equal objects, and nobody sees them", () -> {
            LockedBuffer b = holding("secret");
            require(b.equals(b) && b.equals(holding("secret")) && !b.equals(holding("SECRET")) && !b.equals(holding("secret!")) && !b.equals("secret"));
            require(b.hashCode() == holding("SECRET").hashCode() && b.toString().equals("LockedBuffer(6 bytes)"));
            b.close();
            require(b.equals(b) && b.toString().equals("LockedBuffer(6 bytes, closed)"));
            refused(IllegalStateException.class, () -> b.equal(holding("secret")));
            LockedBuffer shut = new LockedBuffer(6, Protection.defaultsAnd(Protection.GUARDED), Policy.STRICT);
            shut.protect(Access.NONE);
            for (LockedBuffer unreadable : List.of(b, shut)) {
                require(!unreadable.equals(new LockedBuffer(6)) && !new LockedBuffer(6).equals(unreadable) && unreadable.equals(unreadable));
                require(new ArrayList<>(List.of(unreadable, holding("secret"))).remove(holding("secret")));
            }
        });
        TESTS.put("sets of constants are the bits of the core", () -> {
            require(Osml.info(Info.SUPPORTED_PROTECTIONS) != 0 && Protection.of(Osml.info(Info.SUPPORTED_PROTECTIONS)).contains(Protection.LOCKED));
            for (Set<Protection> want : List.of(Set.<Protection>of(), Set.of(Protection.NO_DUMP), Protection.defaultsAnd(Protection.GUARDED)))
                require(new LockedBuffer(8, want, Policy.DEFAULT).protections().containsAll(want));
            require(!new LockedBuffer(8, Set.of(), Policy.DEFAULT).protections().contains(Protection.LOCKED));
            Path file = Files.createTempFile("source", null);
            Files.writeString(file, "key \n");
            require(LockedBuffer.fromFile(file.toString(), 9).size() == 5);
            require(LockedBuffer.fromFile(file.toString(), 9, SourceOption.TRIM_NEWLINE).size() == 4);
            require(LockedBuffer.fromFile(file.toString(), 9, SourceOption.FIRST_LINE, SourceOption.TRIM_SPACE).size() == 3);
            Files.delete(file);
        });
        TESTS.put("hardened and back", () -> {
            require(Osml.harden(HardenStep.CORE_LIMIT).equals(Set.of(HardenStep.CORE_LIMIT)) && Osml.harden().isEmpty());
            require(Osml.hardenUndo(Set.of(HardenStep.values())).equals(Set.of(HardenStep.CORE_LIMIT)));
            Osml.scrub();
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
        TESTS.put("L13: closed buffers are freed, and a pin keeps its own", () -> {
            ByteBuffer lent = closedWithAView();
            for (int i = 0; i < 200000; i++) new LockedBuffer(i % 64).close();
            long before = kib("VmRSS");
            for (int i = 0; i < 1000000; i++) new LockedBuffer(i % 64).close();
            require(kib("VmRSS") < before + 50000); // would be 100000 more
            List<LockedBuffer> others = new ArrayList<>();
            for (int i = 0; i < 500; i++) others.add(holding("SECRET"));
            for (int i = 0; i < lent.capacity(); i++) require(lent.get(i) == 0);
            for (LockedBuffer other : others) require(other.equals(others.get(0)));
        });
        TESTS.put("freed by the Cleaner while others work", () -> {
            inThreads(4, () -> {
                for (int i = 0; i < 5000; i++) new LockedBuffer(32).random(0, 32); // nobody else holds it during the call
            });
            collect();
        });
        TESTS.put("what was closed keeps no class loader, and no locked memory", () -> {
            long before = vmlck();
            WeakReference<ClassLoader> loader = new WeakReference<>(closedInAnotherLoader());
            for (int i = 0; i < 400 && (loader.get() != null || vmlck() > before); i++) System.gc(); // the Cleaner comes in between
            require(loader.get() == null && vmlck() == before);
        });
        TESTS.put("alive at exit", () -> {
            LEAKED.add(new LockedBuffer(32));
            LEAKED.add(new LockedBuffer(100000));
            LEAKED.add(new LockedRegion(ByteBuffer.allocateDirect(100000), RegionOption.WIPE));
            LEAKED.add(Osml.disableCoreDumpsWithGuard());
        });
        TESTS.put("alive at halt", () -> {
            LEAKED.add(new LockedBuffer(32));
            Runtime.getRuntime().halt(0);
        });
    }

    /* As a server does with the classes of an application. The library comes in as that of the jar does: one of a path belongs to one loader. */
    static final class Loader extends URLClassLoader {
        Loader(URL jar) {
            super(new URL[] {jar}, null);
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            try {
                return Files.newInputStream(Path.of(System.getenv("LD_LIBRARY_PATH"), Path.of(name).getFileName().toString()));
            } catch (IOException absent) {
                throw new UncheckedIOException(absent);
            }
        }
    }

    static ClassLoader closedInAnotherLoader() throws Exception {
        Loader loader = new Loader(LockedBuffer.class.getProtectionDomain().getCodeSource().getLocation());
        Class<?> other = loader.loadClass(LockedBuffer.class.getName());
        require(other != LockedBuffer.class);
        ((AutoCloseable)other.getConstructor(long.class).newInstance(8)).close();
        return loader;
    }

    static ByteBuffer closedWithAView() {
        LockedBuffer b = holding("secret");
        ByteBuffer lent = b.view();
        b.close();
        return lent;
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
