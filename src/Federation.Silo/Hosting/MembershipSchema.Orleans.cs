using Npgsql;

namespace Federation.Silo.Hosting;

/// <summary>Makes the tables in which silos find each other. Registered before the engine, so it has run when the engine starts.</summary>
internal sealed class MembershipSchema(string connectionString) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var script = typeof(MembershipSchema).Assembly.GetManifestResourceStream("Membership.postgres.sql")!;
        using var reader = new StreamReader(script);
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Parameters are part of the statements' text here, not of this command, and Npgsql leaves text in quotes alone.
        await using var command = new NpgsqlCommand(await reader.ReadToEndAsync(cancellationToken), connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
