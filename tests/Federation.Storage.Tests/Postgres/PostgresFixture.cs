using Federation.Storage.Postgres;
using Federation.Storage.Tests.Conformance;
using Federation.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Storage.Tests.Postgres;

/// <summary>One server for all tests of the collection, a new database for each test.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public async Task InitializeAsync() => _server = await PostgresServer.StartNewAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public static async Task<IObjectStore> OpenAsync(string connectionString) => await PostgresObjectStore.OpenAsync(
        new PostgresStoreOptions { ConnectionString = connectionString, ListenTimeout = TimeSpan.FromSeconds(1) },
        TimeProvider.System,
        NullLogger<PostgresObjectStore>.Instance,
        Sample.Deadline());
}

[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
