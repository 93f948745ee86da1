using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Client.Tests.Watching;

public sealed class WatchTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Watch_ConnectionEnds_ResumesFromTheLastRevision()
    {
        var answers = new Queue<string>([Line("ADDED", "a", 11) + Line("BOOKMARK", "", 15), Line("MODIFIED", "a", 16)]);
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json(answers.TryDequeue(out var answer) ? answer : ""));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);
        using var deadline = new CancellationTokenSource(Deadline);

        var events = new List<(WatchEventType, string?)>();
        await foreach (var watchEvent in client.WatchAsync<App>("10", cancellationToken: deadline.Token))
        {
            events.Add((watchEvent.Type, watchEvent.Object.Metadata.ResourceVersion));
            if (events.Count == 3)
                break;
        }

        events.ShouldBe([(WatchEventType.Added, "11"), (WatchEventType.Bookmark, "15"), (WatchEventType.Modified, "16")]);
        gateway.Requests.Select(request => request.PathAndQuery).ShouldBe(
        [
            "/apis/federation/v1/apps?watch=true&resourceVersion=10&allowWatchBookmarks=true",
            "/apis/federation/v1/apps?watch=true&resourceVersion=15&allowWatchBookmarks=true",
        ]);
    }

    [Fact]
    public async Task Watch_Expired_IsThrown()
    {
        const string Error = """{"type":"ERROR","object":{"apiVersion":"v1","kind":"Status","metadata":{},"status":"Failure","reason":"Expired","code":410,"message":"old"}}""";
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json(Error + "\n"));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        var refused = await Should.ThrowAsync<StatusException>(async () =>
        {
            await foreach (var _ in client.WatchAsync<App>("1"))
            {
            }
        });

        refused.IsExpired.ShouldBeTrue();
    }

    [Fact]
    public async Task ListWatch_ExpiredAndAwayGateway_ListsAgainByItself()
    {
        var lists = 0;
        using var gateway = new FakeGateway((request, _) =>
        {
            if (request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal))
                return lists == 1 ? FakeGateway.Json(Line("ADDED", "b", 6) + Line("DELETED", "a", 7)) : FakeGateway.Failure(410, StatusReasons.Expired);
            return ++lists switch
            {
                1 => FakeGateway.Json("""{"metadata":{"resourceVersion":"5"},"items":[]}"""),
                2 => throw new HttpRequestException("away"),
                3 => FakeGateway.Failure(503, StatusReasons.ServiceUnavailable),
                _ => FakeGateway.Json("""{"metadata":{"resourceVersion":"50"},"items":[]}"""),
            };
        });
        var problems = new List<string>();
        using var client = new FederationClient(FakeGateway.Options, handler: new LimitWatches(gateway, watches: 1));
        using var deadline = new CancellationTokenSource(Deadline);

        var seen = new List<string>();
        await foreach (var listEvent in client.ListWatchAsync<App>(onProblem: problem => problems.Add(problem.GetType().Name), cancellationToken: deadline.Token))
        {
            seen.Add(listEvent switch
            {
                ListWatchEvent<App>.Reset reset => $"reset {reset.List.ResourceVersion}",
                ListWatchEvent<App>.Set set => $"set {set.Object.Metadata.Name}",
                ListWatchEvent<App>.Removed removed => $"removed {removed.Object.Metadata.Name}",
                _ => "?",
            });
            if (seen.Count == 4)
                break;
        }

        seen.ShouldBe(["reset 5", "set b", "removed a", "reset 50"]);
        problems.ShouldBe([nameof(GatewayUnavailableException), nameof(StatusException)]);
    }

    [Fact]
    public async Task ListWatch_Forbidden_Throws()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Failure(403, StatusReasons.Forbidden));
        using var client = new FederationClient(FakeGateway.Options, handler: gateway);

        await Should.ThrowAsync<StatusException>(async () =>
        {
            await foreach (var _ in client.ListWatchAsync<App>())
            {
            }
        });
    }

    private static string Line(string type, string name, long revision) =>
        $$$"""{"type":"{{{type}}}","object":{"apiVersion":"federation/v1","kind":"App","metadata":{"name":"{{{name}}}","namespace":"d","resourceVersion":"{{{revision}}}"} } }""" + "\n";

    /// <summary>The watches after the first ones are told that their revision expired.</summary>
    private sealed class LimitWatches(HttpMessageHandler inner, int watches) : DelegatingHandler(inner)
    {
        private int _left = watches;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal) && _left-- <= 0
                ? Task.FromResult(FakeGateway.Failure(410, StatusReasons.Expired))
                : base.SendAsync(request, cancellationToken);
    }
}
