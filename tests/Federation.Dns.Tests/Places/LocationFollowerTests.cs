using System.Collections.Concurrent;
using System.Net;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Hosting;
using Federation.Dns.Places;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Domain.DnsRecords;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Tests.Places;

public sealed class LocationFollowerTests : IAsyncLifetime
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"locations-{Guid.NewGuid():N}.mmdb");
    private readonly PlaceState _places = new();
    private readonly LoggedMessages _log = new();
    private readonly LocationFollower _follower;

    public LocationFollowerTests()
    {
        File.WriteAllBytes(_file, new LocationFile(28, 6).Add("192.0.2.0/24", "FR", 48.9, 2.4).ToArray());
        _follower = new LocationFollower(_file, _places, TimeProvider.System, _log);
    }

    public Task InitializeAsync() => _follower.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _follower.StopAsync(CancellationToken.None);
        _follower.Dispose();
        File.Delete(_file);
    }

    [Fact]
    public async Task Regions_Change_TheFileIsReadForThem()
    {
        _places.Follow(World("eu", 50, 8));
        await Eventually.TrueAsync(() => RegionOf("192.0.2.1") == "eu", "the only region there is");
        _places.Follow(new Geography([Region("eu", 50, 8), Region("paris", 48.9, 2.4)]));
        await Eventually.TrueAsync(() => RegionOf("192.0.2.1") == "paris", "one that is nearer");
    }

    [Fact]
    public async Task File_Broken_WhatWasKnownGoesOn()
    {
        _places.Follow(World("eu", 50, 8));
        await Eventually.TrueAsync(() => RegionOf("192.0.2.1") == "eu", "it is read");
        await File.WriteAllTextAsync(_file, "no such thing");
        _places.Follow(new Geography([Region("eu", 50, 8), Region("paris", 48.9, 2.4) with { Spec = new RegionSpec { ClientNetworks = ["198.51.100.0/24"] } }]));
        RegionOf("198.51.100.1").ShouldBe("paris", "networks count at once");
        await Eventually.TrueAsync(() => _log.Has(LogLevel.Error, _file), "it says that it cannot read it");
        RegionOf("192.0.2.1").ShouldBe("eu");
    }

    private string? RegionOf(string address) => _places.Numbers.NameOf(_places.Current.Find(ClientAddress.From(IPAddress.Parse(address))).Place);

    private static Geography World(string name, double latitude, double longitude) => new([Region(name, latitude, longitude)]);

    private static Region Region(string name, double latitude, double longitude) =>
        new() { Metadata = new ObjectMeta { Name = name }, Spec = new RegionSpec { Location = new GeoLocation { Latitude = latitude, Longitude = longitude } } };

    private sealed class LoggedMessages : ILogger<LocationFollower>
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text)> _messages = new();

        public bool Has(LogLevel level, string text) => _messages.Any(message => message.Level == level && message.Text.Contains(text, StringComparison.Ordinal));

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _messages.Enqueue((logLevel, formatter(state, exception)));
    }
}
