using Federation.Api.Core;
using Federation.Api.Pets;
using Federation.Cli.Output;
using Federation.Client;
using Spectre.Console;

namespace Federation.Cli.Commands;

/// <summary>Waits until a pet has moved, or stays, and says how far it is: on a terminal in one line that changes, else a line for each step.</summary>
internal sealed class MoveWait(FederationClient client, IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SayBytesEvery = TimeSpan.FromSeconds(10);

    private string? _said;
    private DateTimeOffset? _countedAt;
    private long _bytes;
    private double? _rate;
    private long _saidAt;

    /// <param name="asked">The set when the move was asked for.</param>
    /// <returns>The receipt: the pet is ready there.</returns>
    /// <exception cref="CliException">It does not move, and why.</exception>
    public async Task<PetTakeover> ArrivedAsync(PetSet asked, int ordinal, string to, CancellationToken cancellationToken)
    {
        var epoch = asked.Status.Pets.FirstOrDefault(pet => pet.Ordinal == ordinal)?.Epoch ?? 0;
        PetTakeover? receipt = null;
        await LookAsync(asked, to, async set =>
        {
            var mine = set.Status.Takeovers.LastOrDefault(takeover => takeover.Ordinal == ordinal && takeover.To == to && takeover.Epoch > epoch);
            if (mine?.ReadyAt is not null)
            {
                receipt = mine;
                return null;
            }

            var pet = PetOf(set, ordinal);
            if (mine is null && pet.Move is null && set.Status.Words.All(word => word.Ordinal != ordinal || word.Kind != PetWordKind.Move))
                throw new CliException($"{pet.Name} did not move to {to}: {await WhyAsync(set, pet, cancellationToken)} It is in {pet.Cluster ?? "no cluster"} ({pet.Phase}), with epoch {pet.Epoch}.");
            if (mine is not null && (pet.Epoch != mine.Epoch || pet.Release is not null))
                throw new CliException($"{pet.Name} was moved to {to} and leaves it again: {pet.Message ?? pet.Phase.ToString()}");
            return pet;
        }, cancellationToken);
        return receipt!;
    }

    /// <summary>Waits until a pet whose move was taken back runs where it was.</summary>
    public Task StaysAsync(PetSet asked, int ordinal, CancellationToken cancellationToken) => LookAsync(
        asked,
        PetOf(asked, ordinal).Cluster ?? "",
        set => Task.FromResult(PetOf(set, ordinal) is { Move: null, Release: null, Phase: PetPhase.Ready } ? null : PetOf(set, ordinal)),
        cancellationToken);

    /// <param name="look">The pet while it is under way; null: the wait is over.</param>
    private async Task LookAsync(PetSet set, string to, Func<PetSet, Task<PetStatus?>> look, CancellationToken cancellationToken)
    {
        if (!console.Profile.Capabilities.Interactive)
        {
            await LoopAsync(set, to, look, SayLine, cancellationToken);
            return;
        }

        await console.Status().StartAsync("…", context => LoopAsync(set, to, look, (text, _) => context.Status(Markup.Escape(text)), cancellationToken));
    }

    private async Task LoopAsync(PetSet set, string to, Func<PetSet, Task<PetStatus?>> look, Action<string, PetStatus> say, CancellationToken cancellationToken)
    {
        while (await look(set) is { } pet)
        {
            Measure(pet.Move);
            say(MoveView.Progress(pet, to, _rate), pet);
            await Task.Delay(LookEvery, time, cancellationToken);
            set = await client.GetAsync<PetSet>(set.Metadata.Name, set.Metadata.Namespace, cancellationToken);
        }
    }

    private void Measure(PetMove? move)
    {
        if (move?.CountedAt is not { } at || at == _countedAt)
            return;
        _rate = _countedAt is { } before && at > before && move.Bytes > _bytes ? (move.Bytes - _bytes) / (at - before).TotalSeconds : _rate;
        (_countedAt, _bytes) = (at, move.Bytes);
    }

    private void SayLine(string text, PetStatus pet)
    {
        // Bytes alone are not worth a line each time.
        var step = pet.Move is { Bytes: > 0, Reason: null } ? $"{pet.Phase} {pet.Reason}" : text;
        if (step == _said && (step == text || time.GetElapsedTime(_saidAt) < SayBytesEvery))
            return;
        (_said, _saidAt) = (step, time.GetTimestamp());
        console.WriteLine(text);
    }

    private async Task<string> WhyAsync(PetSet set, PetStatus pet, CancellationToken cancellationToken)
    {
        var events = await client.ListAsync<Event>(
            new ListQuery { Namespace = set.Metadata.Namespace, FieldSelector = $"involvedObject.kind={PetSet.KindName},involvedObject.name={set.Metadata.Name}" }, cancellationToken);
        var why = events.Items.Where(item => item.Reason is "MoveGivenUp" or "AskedToStay" && item.Message.Contains(pet.Name, StringComparison.Ordinal)).MaxBy(item => item.LastTimestamp);
        return why is null ? $"`fed events --for petset/{set.Metadata.Name}` may say why." : why.Message;
    }

    private static PetStatus PetOf(PetSet set, int ordinal) => set.Status.Pets.FirstOrDefault(pet => pet.Ordinal == ordinal)
        ?? throw new CliException($"{set.NameOf(ordinal)} is not there any more: the set does not want it.");
}
