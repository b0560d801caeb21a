// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Osmemlock;

/// The victim of ../residue.sh and ../../proof/run: Residue.exe from-fd|from-env. It obeys commands.
static class Residue
{
    static readonly int Pid = Process.GetCurrentProcess().Id;
    static readonly List<LockedBuffer> others = new List<LockedBuffer>();
    static LockedBuffer b;
    public static byte[] Kept;

    static string Ready(object answer)
    {
        Console.WriteLine("ready " + answer);
        return Console.ReadLine();
    }

    static int Sum()
    {
        int sum = 0;
        for (long i = 0; i < b.Size; i++) sum += b.GetByte(i);
        return sum & 0xff;
    }

    static void Collect()
    {
        b = null;
        for (int round = 0; round < 1000 && Osml.GetInfo(Info.LiveBuffers) > 0; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    static void LeaveRaising()
    {
        try
        {
            using (b) b.With<int>(key => throw new InvalidOperationException("enough"));
        }
        catch (InvalidOperationException) { }
    }

    static string More(int most)
    {
        try
        {
            others.Add(LockedBuffer.FromFd(4, most));
            return "held";
        }
        catch (Exception error) when (error is ArgumentException || error is IOException)
        {
            return "refused";
        }
    }

    static int Fill(int count)
    {
        try
        {
            while (others.Count < count) others.Add(new LockedBuffer(64));
        }
        catch (IOException) { }
        return others.Count;
    }

    static void Lend()
    {
        b.With(key =>
        {
            int sum = 0;
            foreach (byte one in key) sum += one;
            Ready(Pid);
            return sum;
        });
    }

    static object Obey(params string[] words)
    {
        switch (words[0])
        {
            case "release": b.Close(); break;
            case "use": return Sum();
            case "collect": Collect(); break;
            case "raise": LeaveRaising(); break;
            case "refuse": return More(32);
            case "more": return More(4096);
            case "fill": return Fill(int.Parse(words[1]));
            case "exec": return Process.Start(new ProcessStartInfo("cat") { UseShellExecute = false }).Id;
            case "lend": Lend(); break;
            case "copy": Kept = b.Read(0, b.Size); break;
            case "exit": Environment.Exit(0); break;
        }
        return Pid;
    }

    /// On a thread of its own: whatever stays on a stack and looks like a reference holds a buffer back, in Mono.
    static void Hold(string kind)
    {
        var holder = new Thread(() => b = kind == "from-fd" ? LockedBuffer.FromFd(3, 4096) : LockedBuffer.FromEnv("OSML_PROOF_SECRET", 4096));
        holder.Start();
        holder.Join();
    }

    static void Main(string[] arguments)
    {
        Hold(arguments[0]);
        for (string line = Ready(Pid); line != null; line = Ready(Obey(line.Split(' ')))) continue;
    }
}
