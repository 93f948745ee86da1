using System.Globalization;
using Federation.Api.Pets;

namespace Federation.Cli.Output;

/// <summary>What people read of a pet's move. Pure.</summary>
internal static class MoveView
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>How far it is, in a line.</summary>
    /// <param name="rate">Bytes per second; null: not known yet.</param>
    public static string Progress(PetStatus pet, string to, double? rate) => pet switch
    {
        { Phase: PetPhase.Moving, Move: { Reason: null, Bytes: > 0 } move } when pet.Reason == "CarryingVolumes" =>
            $"{pet.Name}: {Bytes(move.Bytes)} of its volumes are in {to}{(rate is { } speed ? $", {Bytes(speed)}/s" : "")}",
        { Move: not null, Message: { } message } => $"{pet.Name}: {message}",
        { Release: null } when pet.Cluster == to => $"{pet.Name} starts in {to}{(pet.Message is null ? "" : $": {pet.Message}")}",
        { Reason: "MoveWaits", Message: { } waits } => $"{pet.Name}: {waits}",
        _ => $"{pet.Name} is to move to {to}",
    };

    /// <summary>What was done and when, counted from when it was asked for.</summary>
    public static IEnumerable<string> Receipt(string name, PetTakeover receipt)
    {
        var asked = receipt.AskedAt ?? receipt.ReleasedAt ?? receipt.BoundAt;
        yield return string.Create(CultureInfo.InvariantCulture, $"{name} moved from {receipt.From} to {receipt.To}; its epoch is {receipt.Epoch}");
        yield return Line("asked for", asked?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-", receipt.By is null ? "" : $"by {receipt.By}");
        foreach (var (step, at, detail) in ((string, DateTimeOffset?, string)[])
            [
                ("stopped", receipt.FreedAt, ""),
                ("volumes copied", receipt.CopiedAt, Copied(receipt)),
                ("running", receipt.RunningAt, ""),
                ("ready", receipt.ReadyAt, ""),
                ("old ones deleted", receipt.DiscardedAt, ""),
            ])
        {
            if (at - asked is { } after)
                yield return Line(step, string.Create(CultureInfo.InvariantCulture, $"+{after.TotalSeconds:0.0} s"), detail);
        }

        if (receipt is { CopiedAt: not null, DiscardedAt: null })
            yield return Line("old ones", "", $"{receipt.From} is asked to delete them");
    }

    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++)
            bytes /= 1024;
        return $"{bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    private static string Copied(PetTakeover receipt)
    {
        var rate = receipt.CopiedAt - receipt.FreedAt is { TotalSeconds: > 0 } took ? $", {Bytes((receipt.Bytes ?? 0) / took.TotalSeconds)}/s" : "";
        return $"{Bytes(receipt.Bytes ?? 0)}{rate}{(receipt.Digest is null ? "" : $", {receipt.Digest} at both ends")}";
    }

    private static string Line(string step, string time, string detail) => $"  {step,-16}  {time,-10}  {detail}".TrimEnd();
}
