using Federation.TestKit.Processes;

namespace Federation.TestKit.Postgres;

/// <summary>A PostgreSQL server of the tests' own: its data in a temporary directory, reached over a Unix socket in it, with durability as in production.</summary>
/// <remarks>Needs the server's programs (Debian: the package <c>postgresql</c>) on the PATH or under <c>/usr/lib/postgresql</c>.
/// PostgreSQL refuses to run as root, so root starts it as <c>nobody</c>.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "federation";

    private static readonly string[] Needed = ["initdb", "pg_ctl", "createdb", "psql"];

    private readonly string _directory;
    private readonly string _programs;
    private int _databases;

    private PostgresServer(string directory, string programs) => (_directory, _programs) = (directory, programs);

    private string Data => Path.Combine(_directory, "data");

    public static async Task<PostgresServer> StartNewAsync()
    {
        var server = new PostgresServer(Directory.CreateTempSubdirectory("federation-pg-").FullName, FindPrograms());
        if (Environment.IsPrivilegedProcess)
            await server.RunAsync("chown", ["nobody", server._directory], asServer: false);
        await server.RunAsync("initdb", ["-D", server.Data, "-U", User, "--auth=trust", "-E", "UTF8", "--locale=C"]);
        await server.StartAsync();
        return server;
    }

    /// <summary>Creates an empty database.</summary>
    /// <param name="tablespace">The directory of another file system to keep it on; null: beside the others.</param>
    /// <returns>Its Npgsql connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? tablespace = null)
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        if (tablespace is not null)
        {
            if (Environment.IsPrivilegedProcess)
                await RunAsync("chown", ["nobody", tablespace], asServer: false);
            await RunAsync("psql", ["-h", _directory, "-U", User, "-d", "postgres", "-c", $"CREATE TABLESPACE {name} LOCATION '{tablespace}'"]);
        }

        await RunAsync("createdb", ["-h", _directory, "-U", User, .. tablespace is null ? Array.Empty<string>() : ["-D", name], name]);
        return $"Host={_directory};Username={User};Database={name}";
    }

    public Task StartAsync() => RunAsync(
        "pg_ctl", ["-D", Data, "-l", Path.Combine(_directory, "log"), "-o", $"-k {_directory} -c listen_addresses= -c max_connections=200", "-w", "start"]);

    /// <summary>Stops the server as a crash would: nothing is flushed, and the next start recovers from the write-ahead log.</summary>
    public Task CrashAsync() => RunAsync("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"]);

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static string FindPrograms()
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => version, StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
            : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return onPath.Concat(installed).FirstOrDefault(directory => Needed.All(program => File.Exists(Path.Combine(directory, program))))
            ?? throw new InvalidOperationException(
                "These tests need a PostgreSQL server: initdb is neither on the PATH nor under /usr/lib/postgresql. Debian: apt-get install postgresql.");
    }

    private async Task RunAsync(string program, string[] arguments, bool asServer = true)
    {
        var path = asServer ? Path.Combine(_programs, program) : program;
        var result = asServer && Environment.IsPrivilegedProcess
            ? await Command.RunAsync("runuser", ["-u", "nobody", "--", path, .. arguments])
            : await Command.RunAsync(path, arguments);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed with {result}");
    }
}
