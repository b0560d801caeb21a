// SPDX-License-Identifier: MIT OR Apache-2.0
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import osmemlock.Coding;
import osmemlock.LockedBuffer;

/**
 * The process that is searched: Clients.java CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a client
 * must have, and what may be left of it, is in ../clients/clients.py.
 */
class Clients {
    interface Use {
        Object of(LockedBuffer key) throws Exception;
    }

    static Object alive; // what a client wants to be alive while its process is searched
    static int socket;
    static String path;

    static void say(String text) throws Exception {
        System.out.println(text);
        System.in.read();
    }

    /** As tests/python/clients/control.py. */
    static byte[] control(String seed) {
        long state = new BigInteger(seed).longValue();
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            bytes[i] = (byte)(state >>> 56);
        }
        return bytes;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] mac(SecretKey key, String message) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        return mac.doFinal(bytes(message));
    }

    static byte[] encrypted(SecretKey key, ByteBuffer text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(new byte[16]));
        ByteBuffer result = ByteBuffer.allocate(text.remaining());
        cipher.doFinal(text, result);
        return result.array();
    }

    static byte[] digest(ByteBuffer text) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(text);
        return digest.digest();
    }

    static LockedBuffer stored(byte[] bytes) {
        LockedBuffer buffer = new LockedBuffer(bytes.length);
        buffer.write(0, bytes);
        return buffer;
    }

    static byte[] keep(byte[] bytes) {
        alive = bytes;
        return bytes;
    }

    static LockedBuffer words(LockedBuffer b) {
        LockedBuffer header = b.prefixed(bytes("Bearer "));
        return header.part(header.find(0, bytes(" ")) + 1, 32);
    }

    static LockedBuffer coded(LockedBuffer b) {
        LockedBuffer text = b.encode(Coding.BASE64);
        text.decode(Coding.BASE64);
        return text;
    }

    static ByteBuffer copied(ByteBuffer view) {
        byte[] bytes = new byte[view.remaining()];
        view.get(bytes);
        alive = bytes;
        return ByteBuffer.wrap(bytes);
    }

    /** What work on a view may throw must be unchecked. */
    static Object lent(LockedBuffer b, Work use) {
        return b.with(view -> {
            try {
                return use.of(view);
            } catch (Exception error) {
                throw new IllegalStateException(error);
            }
        });
    }

    interface Work {
        Object of(ByteBuffer view) throws Exception;
    }

    static final Map<String, Use> sources = new HashMap<>(), uses = new HashMap<>();

    static {
        sources.put("LockedBuffer.fromFd", none -> LockedBuffer.fromFd(socket, 4096));
        sources.put("LockedBuffer.fromFile", none -> LockedBuffer.fromFile(path, 4096));
        sources.put("Files.readAllBytes", none -> stored(keep(Files.readAllBytes(Path.of(path)))));
        uses.put("MessageDigest.update(view)", b -> lent(b, Clients::digest));
        uses.put("Cipher.doFinal(view, out)", b -> lent(b, view -> encrypted(new SecretKeySpec(new byte[32], "AES"), view)));
        uses.put("b.equals", b -> bytes(String.valueOf(b.equals(b.part(0, 32)) && !b.equalBytes(new byte[32]))));
        uses.put("b.prefixed, find, part", Clients::words);
        uses.put("b.encode, decode", Clients::coded);
        uses.put("b.writeFd", b -> {
            b.writeFd(socket);
            return new byte[0];
        });
        uses.put("Mac.init(b.asSecretKey)", b -> mac(b.asSecretKey("HmacSHA256"), "a message that everybody may read"));
        uses.put("Cipher.init(b.asSecretKey)", b -> encrypted(b.asSecretKey("AES"), ByteBuffer.wrap(bytes("hello"))));
        uses.put("b.read", b -> keep(b.read(0, b.size())));
        uses.put("new String(bytes)", b -> bytes((String)(alive = new String(b.read(0, b.size()), StandardCharsets.ISO_8859_1))));
        uses.put("view.get(bytes)", b -> lent(b, view -> copied(view).array()));
    }

    /** A buffer's content is told without telling it. */
    static byte[] bytesOf(Object result) throws Exception {
        return result instanceof LockedBuffer ? fingerprint((LockedBuffer)result) : (byte[])result;
    }

    /** One half of HMAC, over views alone. */
    static byte[] half(LockedBuffer key, int with, byte[] message) throws Exception {
        try (LockedBuffer padded = new LockedBuffer(64)) {
            for (int i = 0; i < 64; i++) padded.setByte(i, (short)((i < key.size() ? key.getByte(i) : 0) ^ with));
            return (byte[])lent(padded, view -> {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                digest.update(view);
                digest.update(message);
                return digest.digest();
            });
        }
    }

    static byte[] fingerprint(LockedBuffer key) throws Exception {
        return half(key, 0x5c, half(key, 0x36, bytes("fingerprint")));
    }

    static void collect() throws Exception {
        for (int i = 0; i < 3; i++) System.gc();
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        socket = Integer.parseInt(arguments[3]);
        path = arguments[4];
        LockedBuffer locked = stored(control(arguments[1]));
        byte[] ordinary = control(arguments[2]);
        Use source = sources.get(name);
        LockedBuffer key = source != null ? new LockedBuffer(0) : LockedBuffer.fromFd(socket, 4096);
        StringBuilder told = new StringBuilder("used ");
        for (byte one : bytesOf((source != null ? source : uses.get(name)).of(key))) told.append(String.format("%02x", one));
        collect();
        say(told.toString());
        alive = null;
        collect();
        key.close();
        say("closed");
        locked.close();
        if (ordinary.length != 32) throw new AssertionError(); // until here
    }
}
