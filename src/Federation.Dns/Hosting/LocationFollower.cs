using System.Threading.Channels;
using Federation.Dns.Places;
using Federation.Domain.DnsRecords;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Hosting;

/// <summary>Reads the database of locations, again whenever the file or the regions change. That takes seconds; meanwhile queries are answered from what was known.</summary>
internal sealed partial class LocationFollower : BackgroundService
{
    /// <summary>How soon a new file is noticed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly string _file;
    private readonly PlaceState _places;
    private readonly TimeProvider _time;
    private readonly ILogger<LocationFollower> _logger;
    private readonly Channel<bool> _moved = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public LocationFollower(string file, PlaceState places, TimeProvider time, ILogger<LocationFollower> logger)
    {
        _file = file;
        _places = places;
        _time = time;
        _logger = logger;
        places.Moved += (_, _) => _moved.Writer.TryWrite(true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (read, readFor) = (default(DateTime), Geography.Unknown);
        while (!stoppingToken.IsCancellationRequested)
        {
            var (written, geography) = (File.GetLastWriteTimeUtc(_file), _places.Geography);
            if (written != read || !ReferenceEquals(geography, readFor))
                await Task.Run(() => Read(geography), stoppingToken);
            (read, readFor) = (written, geography);
            await WaitAsync(stoppingToken);
        }
    }

    /// <summary>Until the regions change, or it is time to look at the file again.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var timer = new CancellationTokenSource(LookEvery, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stoppingToken);
        try
        {
            await _moved.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The caller looks whether it is to go on.
        }
    }

    private void Read(Geography geography)
    {
        try
        {
            var database = LocationDatabase.Open(File.ReadAllBytes(_file));
            var located = LocationReader.Read(database, geography, _places.Numbers.Of);
            _places.Locate(located);
            LogRead(_file, database.Type, located.Count);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
        {
            LogNotRead(_file, broken.Message);
        }
    }

    [LoggerMessage(EventId = 5031, Level = LogLevel.Information, Message = "Locations are read from {File} ({Type}): {Ranges} ranges of addresses")]
    private partial void LogRead(string file, string type, int ranges);

    [LoggerMessage(EventId = 5032, Level = LogLevel.Error, Message = "Locations cannot be read from {File}: {Problem}. What was known before goes on being used")]
    private partial void LogNotRead(string file, string problem);
}
