// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using Osmemlock;

/// The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.exe [FILE]
static class HoldSecret
{
    static readonly Tuple<Protections, string>[] Shown = {
        Tuple.Create(Protections.Locked, "locked in RAM"),
        Tuple.Create(Protections.NoDump, "left out of core dumps"),
        Tuple.Create(Protections.WipeOnFork, "zeros in a forked child"),
    };

    static LockedBuffer ReadSecret(string[] arguments)
    {
        if (arguments.Length > 0) return LockedBuffer.FromFile(arguments[0], 65536, SourceOptions.TrimNewline);
        return LockedBuffer.FromFd(0, 65536, SourceOptions.TrimNewline);
    }

    /// Stands for the real use, byte by byte, because an array would be a second secret to look after (FNV-1a).
    static uint Checksum(LockedBuffer secret)
    {
        uint total = 2166136261;
        for (long position = 0; position < secret.Size; position++) total = (total ^ secret.GetByte(position)) * 16777619;
        return total;
    }

    static string Yes(Protections all, Protections one)
    {
        return (all & one) != 0 ? "yes" : "no";
    }

    static void Main(string[] arguments)
    {
        using (var secret = ReadSecret(arguments))
        {
            Console.WriteLine("a secret of {0} bytes, checksum {1:x8}", secret.Size, Checksum(secret));
            Protections said = secret.Protections, seen = secret.Verify();
            foreach (var p in Shown) Console.WriteLine("  {0,-24} library: {1,-4} kernel: {2}", p.Item2, Yes(said, p.Item1), Yes(seen, p.Item1));
        }
        Console.WriteLine("secrets alive after the block: " + Osml.GetInfo(Info.LiveBuffers));
    }
}
