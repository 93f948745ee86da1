using System.Globalization;
using Federation.Storage;
using Federation.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Silo.Hosting;

/// <summary>What is done to the store besides serving it: <c>federation-silo backup FILE</c>, <c>restore FILE</c>, <c>restored</c>. Each says what it did in one sentence.</summary>
internal static class StoreCommands
{
    public const string Usage = """
        Commands, with --data or --postgres as above:
          federation-silo backup FILE   copies the SQLite store, also while the control plane runs
          federation-silo restore FILE  puts a copy in its place, while the control plane is stopped
          federation-silo restored      says that the store was put back by other means, such as pg_restore
        """;

    /// <summary>Takes the command and its file off the arguments; null: there is none, the control plane is to run.</summary>
    /// <exception cref="StartupException">The file is missing.</exception>
    public static (string Command, string File)? Take(ref string[] arguments)
    {
        switch (arguments)
        {
            case ["restored", .. var options]:
                arguments = options;
                return ("restored", "");
            case ["backup" or "restore", var file, .. var options] when !file.StartsWith('-'):
                var command = arguments[0];
                arguments = options;
                return (command, Path.GetFullPath(file));
            case ["backup" or "restore", ..]:
                throw new StartupException($"federation-silo {arguments[0]} needs a file.");
            default:
                return null;
        }
    }

    /// <exception cref="StartupException">It cannot be done.</exception>
    /// <exception cref="StoreUnavailableException">The store, or the copy, cannot be used.</exception>
    public static async Task<string> RunAsync(string command, string file, SiloOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (command == "restored")
        {
            await using var store = await StoreOpener.OpenAsync(options, NullLoggerFactory.Instance, cancellationToken);
            var identity = await store.RenewIdentityAsync(cancellationToken);
            var revision = await store.ReadCurrentRevisionAsync(cancellationToken);
            return string.Create(CultureInfo.InvariantCulture, $"The store counts as restored; its identity is {identity} now, and it goes on from revision {revision}.");
        }

        if (options.Postgres is not null)
            throw new StartupException($"{command} is for SQLite. PostgreSQL has pg_dump and pg_restore; after a restore and before anything else: federation-silo restored.");
        try
        {
            return command == "backup" ? Backup(file, options) : Restore(file, options, time.GetUtcNow());
        }
        catch (IOException exception)
        {
            throw new StartupException(exception.Message, exception);
        }
    }

    private static string Backup(string file, SiloOptions options) => string.Create(
        CultureInfo.InvariantCulture, $"{file} is the store as of revision {SqliteBackup.Write(StoreOpener.FileOf(options), file)}. It holds its secrets, too.");

    private static string Restore(string file, SiloOptions options, DateTimeOffset now)
    {
        var (revision, replaced) = SqliteBackup.Restore(StoreOpener.FileOf(options), file, now);
        var kept = replaced is null ? "" : $" What was there is {replaced}.";
        return string.Create(CultureInfo.InvariantCulture, $"The store goes on from revision {revision}, with a new identity.{kept}");
    }
}
