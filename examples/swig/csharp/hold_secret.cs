// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using Osmemlock;

/// The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.exe [FILE]
static class HoldSecret
{
    static readonly Tuple<uint, string>[] Protections = {
        Tuple.Create(osmemlock.LOCKED, "locked in RAM"),
        Tuple.Create(osmemlock.NODUMP, "left out of core dumps"),
        Tuple.Create(osmemlock.WIPEONFORK, "zeros in a forked child"),
    };

    static LockedBuffer ReadSecret(string[] arguments)
    {
        if (arguments.Length > 0) return LockedBuffer.from_file(arguments[0], 65536, osmemlock.TRIM_NEWLINE);
        return LockedBuffer.from_fd(0, 65536, osmemlock.TRIM_NEWLINE);
    }

    /// Stands for the real use, byte by byte, because an array would be a second secret to look after (FNV-1a).
    static uint Checksum(LockedBuffer secret)
    {
        uint total = 2166136261;
        for (long position = 0; position < secret.size(); position++) total = (total ^ secret.get_byte(position)) * 16777619;
        return total;
    }

    static string Yes(uint bits, uint bit)
    {
        return (bits & bit) != 0 ? "yes" : "no";
    }

    static void Main(string[] arguments)
    {
        using (var secret = ReadSecret(arguments))
        {
            Console.WriteLine("a secret of {0} bytes, checksum {1:x8}", secret.size(), Checksum(secret));
            uint said = secret.protections(), seen = secret.verify();
            foreach (var p in Protections) Console.WriteLine("  {0,-24} library: {1,-4} kernel: {2}", p.Item2, Yes(said, p.Item1), Yes(seen, p.Item1));
        }
        Console.WriteLine("secrets alive after the block: " + osmemlock.info(osmemlock.INFO_LIVE_BUFFERS));
    }
}
