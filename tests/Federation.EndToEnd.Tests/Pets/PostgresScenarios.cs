using System.Globalization;
using System.Net.Sockets;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.TestKit.Waiting;
using Npgsql;

namespace Federation.EndToEnd.Tests.Pets;

/// <summary>Debian's PostgreSQL, a primary and two standbys over three regions, as samples/postgres has it.</summary>
public sealed class PostgresScenarios : IAsyncLifetime
{
    private const string Password = "a-password";

    /// <summary>The primary's; each standby has the port of its ordinal after it.</summary>
    private const int Port = 5432;

    private readonly SampleSet _set = new("postgres", "db");

    public Task InitializeAsync() => _set.UpAsync();

    public async Task DisposeAsync() => await _set.DisposeAsync();

    [Fact]
    public async Task RegionsLostOneAfterTheOther_WritesGoOn_AndNoAcknowledgedOneIsLost()
    {
        var secret = await _set.World.ControlPlane.KubectlAsync("create", "secret", "generic", "db", $"--from-literal=password={Password}");
        secret.ExitCode.ShouldBe(0, secret.ToString());
        var before = await _set.ApplyAsync(3);
        await Eventually.TrueAsync(async () => await TryRunAsync(0, "create table writes (number int primary key)") is null or "42P07", "the primary takes a table", SampleSet.Patience);
        await using var load = new WriteLoad(WriteAsync);
        load.Start();
        await load.MoreAsync("at first", Logs);
        await HasAsync(1, load.Written);
        await HasAsync(2, load.Written);

        // A standby's region is cut off: the other one has every write, and the one that was away catches up.
        var standby = _set.MachineOf(before.Status.Pets[2]);
        await standby.UnplugAsync();
        await load.MoreAsync("without a standby", Logs);
        await standby.PlugInAsync();
        await _set.World.ClusterReadyAsync(standby, ConditionStatus.True);
        await HasAsync(2, load.Written);
        var between = await _set.ReadyAsync(3);

        // The primary's region is lost: what it acknowledged can be read, and it starts again in another region, from there.
        var lost = _set.MachineOf(between.Status.Pets[0]);
        await lost.LoseAsync();
        var acknowledged = load.Written;
        await Eventually.TrueAsync(
            async () => await TryReadAsync(1) is { } first && await TryReadAsync(2) is { } second && acknowledged.All(number => first.Contains(number) || second.Contains(number)),
            "the standbys have every acknowledged write", SampleSet.Patience, Logs);
        await load.MoreAsync("with a primary elsewhere", Logs);
        var after = await _set.UntilAsync(set => set.Status.Pets[0].Phase == PetPhase.Ready, "the primary is ready");
        after.Status.Pets[0].Epoch.ShouldBeGreaterThan(between.Status.Pets[0].Epoch);
        after.Status.Pets[0].Cluster.ShouldNotBe(between.Status.Pets[0].Cluster);

        // The region returns, with the volume of the primary that was. Sent back there, the primary does not go on from that, but from what the standbys have.
        await lost.PlugInAsync();
        await _set.World.StartAgentAsync(lost);
        await _set.World.ClusterReadyAsync(lost, ConditionStatus.True);
        await _set.ReadyAsync(3);
        var asked = await _set.World.ControlPlane.FedAsync("release", "db-0");
        asked.ExitCode.ShouldBe(0, asked.ToString());
        var back = await _set.UntilAsync(set => set.Status.Pets[0] is { Phase: PetPhase.Ready, Release: null } primary && primary.Epoch > after.Status.Pets[0].Epoch, "the primary is ready again");
        back.Status.Pets[0].Cluster.ShouldBe(between.Status.Pets[0].Cluster, "each pet has a region of its own again");
        await load.MoreAsync("after the return", Logs);
        var written = await load.StopAsync();
        for (var ordinal = 0; ordinal < 3; ordinal++)
            await HasAsync(ordinal, written);
    }

    /// <summary>Every one of the writes is in a pet's database.</summary>
    private Task HasAsync(int ordinal, IReadOnlyList<int> written) => Eventually.TrueAsync(
        async () => await TryReadAsync(ordinal) is { } there && written.All(there.Contains), $"db-{ordinal} has all {written.Count} acknowledged writes", SampleSet.Patience, Logs);

    /// <summary>Tried again, it writes again: only a write waits for a standby.</summary>
    private Task<string?> WriteAsync(int number) => TryRunAsync(0, string.Create(CultureInfo.InvariantCulture, $"insert into writes values ({number}) on conflict (number) do update set number = excluded.number"));

    /// <returns>Null: it is done, and acknowledged. Otherwise the state that the server said, or what became of the connection.</returns>
    private async Task<string?> TryRunAsync(int ordinal, string sql)
    {
        try
        {
            await using var connection = await ConnectAsync(ordinal);
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return exception is PostgresException said ? said.SqlState : exception.Message;
        }
    }

    private async Task<HashSet<int>?> TryReadAsync(int ordinal)
    {
        try
        {
            await using var connection = await ConnectAsync(ordinal);
            await using var command = new NpgsqlCommand("select number from writes", connection);
            await using var reader = await command.ExecuteReaderAsync();
            var numbers = new HashSet<int>();
            while (await reader.ReadAsync())
                numbers.Add(reader.GetInt32(0));
            return numbers;
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return null;
        }
    }

    /// <summary>Asks every region, as a client does that knows their addresses. A write that takes too long is not called off, which would make the server forget its standbys: its connection is dropped.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(int ordinal)
    {
        var hosts = string.Join(',', _set.World.Machines.Select(machine => $"{machine.Address}:{Port + ordinal}"));
        var connection = new NpgsqlConnection($"Host={hosts};Username=postgres;Password={Password};Database=postgres;Timeout=2;Command Timeout=4;Cancellation Timeout=-1;Pooling=false");
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static bool IsAway(Exception exception) => exception is NpgsqlException or SocketException or IOException or TimeoutException;

    private string Logs() => _set.World.Logs();
}
