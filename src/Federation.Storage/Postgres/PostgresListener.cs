using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>Hears of other processes' commits. A notification is a wake-up; what happened is read from the log.</summary>
internal sealed partial class PostgresListener(
    NpgsqlDataSource source, ChangeSignal signal, TimeSpan listenTimeout, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                LogConnectionLost(exception.Message);
                // Whoever waits reads the log, and so learns that the database is away.
                signal.Reset(signal.Revision);
                await Task.Delay(RetryDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        await using var connection = await source.OpenConnectionAsync(stopping);
        connection.Notification += (_, notification) =>
        {
            if (long.TryParse(notification.Payload, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
                signal.Publish(revision);
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {PostgresNotifier.Channel}", connection))
            await listen.ExecuteNonQueryAsync(stopping);
        // What was committed while nobody listened; after a restore this may be less than before.
        signal.Reset(await ReadRevisionAsync(connection, stopping));
        while (true)
        {
            if (!await connection.WaitAsync(listenTimeout, stopping))
                signal.Publish(await ReadRevisionAsync(connection, stopping));
        }
    }

    private static async Task<long> ReadRevisionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT revision FROM federation.store", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(EventId = 2011, Level = LogLevel.Warning, Message = "The connection that listens for changes is lost and will be opened again: {Reason}")]
    private partial void LogConnectionLost(string reason);
}
