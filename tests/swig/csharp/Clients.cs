// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Osmemlock;

/// The process that is searched: Clients.exe CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
/// client must have, and what may be left of it, is in ../clients/clients.py.
static class Clients
{
    static object alive; // what a client wants to be alive while its process is searched
    static int socket;
    static string path;
    static readonly Encoding Latin = Encoding.GetEncoding("ISO-8859-1");

    static void Say(string text)
    {
        Console.WriteLine(text);
        Console.ReadLine();
    }

    /// As tests/python/clients/control.py.
    static byte[] Control(string seed)
    {
        ulong state = ulong.Parse(seed, CultureInfo.InvariantCulture);
        var bytes = new byte[32];
        for (int i = 0; i < bytes.Length; i++)
        {
            state = unchecked(state * 6364136223846793005UL + 1442695040888963407UL);
            bytes[i] = (byte)(state >> 56);
        }
        return bytes;
    }

    static T Keep<T>(T kept)
    {
        alive = kept;
        return kept;
    }

    static LockedBuffer Stored(byte[] bytes)
    {
        var buffer = new LockedBuffer(bytes.Length);
        buffer.Write(0, bytes);
        return buffer;
    }

    static LockedBuffer Words(LockedBuffer b)
    {
        using (var header = b.Prefixed(Latin.GetBytes("Bearer "))) return header.Part(header.Find(0, Latin.GetBytes(" ")) + 1, 32);
    }

    static LockedBuffer Coded(LockedBuffer b)
    {
        var text = b.Encode(Coding.Base64);
        text.Decode(Coding.Base64);
        return text;
    }

    static byte[] Out(LockedBuffer b)
    {
        b.WriteFd(socket);
        return new byte[0];
    }

    /// One half of HMAC.
    static byte[] Half(LockedBuffer key, byte with, byte[] message)
    {
        using (var pad = new LockedBuffer(64))
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            pad.Fill(0, with, 64);
            key.With(bytes => { for (int i = 0; i < bytes.Length; i++) pad.SetByte(i, (byte)(bytes[i] ^ with)); return 0; });
            return pad.With(bytes => { hash.AppendData(bytes); hash.AppendData(message); return hash.GetHashAndReset(); });
        }
    }

    static byte[] Mac(LockedBuffer key, string message)
    {
        return Half(key, 0x5c, Half(key, 0x36, Latin.GetBytes(message)));
    }

    static readonly Dictionary<string, Func<object>> Sources = new Dictionary<string, Func<object>>
    {
        { "LockedBuffer.FromFd", () => LockedBuffer.FromFd(socket, 4096) },
        { "LockedBuffer.FromFile", () => LockedBuffer.FromFile(path, 4096) },
        { "File.ReadAllBytes", () => Stored(Keep(File.ReadAllBytes(path))) },
    };

    static readonly Dictionary<string, Func<LockedBuffer, object>> Uses = new Dictionary<string, Func<LockedBuffer, object>>
    {
        { "IncrementalHash.AppendData, HMAC by hand", b => Mac(b, "a message that everybody may read") },
        { "b.Equals", b => Latin.GetBytes(b.Equals(b.Part(0, 32)) && !b.EqualBytes(new byte[32]) ? "true" : "false") },
        { "b.Prefixed, Find, Part", Words },
        { "b.Encode, Decode", Coded },
        { "b.WriteFd", Out },
        { "b.Read", b => Keep(b.Read(0, b.Size)) },
        { "Encoding.GetString", b => Latin.GetBytes(Keep(Latin.GetString(b.Read(0, b.Size)))) },
        { "bytes.ToArray()", b => b.With(bytes => Keep(bytes.ToArray())) },
    };

    /// A buffer's content is told without telling it.
    static byte[] BytesOf(object result)
    {
        return result is LockedBuffer ? Mac((LockedBuffer)result, "fingerprint") : (byte[])result;
    }

    static void Main(string[] arguments)
    {
        string name = arguments[0];
        socket = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        path = arguments[4];
        var locked = Stored(Control(arguments[1]));
        var ordinary = Control(arguments[2]);
        bool reads = Sources.ContainsKey(name);
        var key = reads ? new LockedBuffer(0) : LockedBuffer.FromFd(socket, 4096);
        string told = BitConverter.ToString(BytesOf(reads ? Sources[name]() : Uses[name](key))).Replace("-", "");
        GC.Collect();
        Say("used " + told);
        GC.KeepAlive(alive); // until here
        alive = null;
        GC.Collect();
        key.Close();
        Say("closed");
        locked.Close();
        if (ordinary.Length != 32) throw new InvalidOperationException(); // until here
    }
}
