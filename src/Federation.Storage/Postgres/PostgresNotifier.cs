using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>Wakes the other processes after this one has committed.</summary>
/// <remarks>Not part of the writing transaction: a notification in it would delay every acknowledgement, and under load one covers many transactions.
/// A process that dies between commit and notification wakes nobody; the others find the change at their next look, <see cref="PostgresStoreOptions.ListenTimeout"/> later at most.</remarks>
internal sealed partial class PostgresNotifier(NpgsqlDataSource source, ILogger logger)
{
    public const string Channel = "federation_changes";

    private readonly ChangeSignal _committed = new();

    public void Publish(long revision) => _committed.Publish(revision);

    public async Task RunAsync(CancellationToken stopping)
    {
        var notified = 0L;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stopping);
                await using var notify = new NpgsqlCommand($"SELECT pg_notify('{Channel}', $1)", connection);
                var payload = new NpgsqlParameter<string> { TypedValue = "" };
                notify.Parameters.Add(payload);
                await notify.PrepareAsync(stopping);
                while (true)
                {
                    var revision = await _committed.WaitAsync(notified, stopping);
                    payload.TypedValue = revision.ToString(CultureInfo.InvariantCulture);
                    await notify.ExecuteNonQueryAsync(stopping);
                    notified = revision;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Given up until the next commit, which shows that the database is back; the others look by themselves meanwhile.
                notified = _committed.Revision;
                LogFailed(exception.Message);
                await ((Task)_committed.WaitAsync(notified, stopping)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(EventId = 2014, Level = LogLevel.Warning, Message = "Other processes could not be notified of changes: {Reason}")]
    private partial void LogFailed(string reason);
}
