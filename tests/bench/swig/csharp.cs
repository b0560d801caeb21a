// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Diagnostics;
using Osmemlock;

/// The processor's time for new and Dispose of a buffer of 32 bytes, C#'s own array of 32 and a call that does nothing: the median of seven rounds each,
/// that of all threads, the collector's too.
static class Bench
{
    const int Rounds = 7;
    static byte[] kept; // so that the array is really made
    static long sum;

    /// Rounds of so many calls that the clock's ticks, of 10 ms, are no part of the figure.
    static double Nanoseconds(int calls, Action work)
    {
        var rounds = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            var start = Now();
            for (int i = 0; i < calls; i++) work();
            rounds[round] = (Now() - start).TotalMilliseconds * 1e6 / calls;
        }
        Array.Sort(rounds);
        return rounds[Rounds / 2];
    }

    static TimeSpan Now()
    {
        using (var process = Process.GetCurrentProcess()) return process.TotalProcessorTime;
    }

    static void Main()
    {
        var open = new LockedBuffer(32);
        double own = Nanoseconds(5000000, () => kept = new byte[32]), call = Nanoseconds(2000000, () => sum += open.Size);
        double locked = Nanoseconds(500000, () => new LockedBuffer(32).Dispose());
        string name = Type.GetType("Mono.Runtime") == null ? "coreclr" : "csharp";
        Console.WriteLine("{0}: byte[32] {1:f0} ns, call {2:f0} ns, LockedBuffer {3:f0} ns", name, own, call, locked);
        GC.KeepAlive(kept);
    }
}
