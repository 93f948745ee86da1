using Federation.Api.Agents;
using Federation.Client.Agents;

namespace Federation.Client.Tests.Agents;

public sealed class AgentClientTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Works_LinkLostWithinASnapshot_StartsTheSnapshotOver()
    {
        var answers = new Queue<string>(
        [
            """{"type":"Snapshot","revision":0,"store":"s1"}""" + "\n" + """{"type":"Work","revision":0,"work":{"uid":"a","revision":3}}""" + "\n",
            """{"type":"Snapshot","revision":0,"store":"s1"}""" + "\n" + """{"type":"Bookmark","revision":9,"store":"s1"}""" + "\n",
            """{"type":"Bookmark","revision":12,"store":"s1"}""" + "\n",
        ]);
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json(answers.TryDequeue(out var answer) ? answer : ""));
        using var client = new AgentClient(FakeGateway.Options, handler: gateway);
        using var deadline = new CancellationTokenSource(Deadline);

        var events = new List<WorkEventType>();
        await foreach (var work in client.WorksAsync("us-east", since: 2, store: "s0", cancellationToken: deadline.Token))
        {
            events.Add(work.Type);
            if (work.Revision == 12)
                break;
        }

        events.ShouldBe([WorkEventType.Snapshot, WorkEventType.Work, WorkEventType.Snapshot, WorkEventType.Bookmark, WorkEventType.Bookmark]);
        gateway.Requests.Select(request => request.PathAndQuery).ShouldBe(
        [
            "/agent/v1/clusters/us-east/works?since=2&store=s0",
            "/agent/v1/clusters/us-east/works",
            "/agent/v1/clusters/us-east/works?since=9&store=s1",
        ]);
    }

    [Fact]
    public async Task StreamRequests_Pings_AreNotPassedOn()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json("""{"id":"","kind":"Ping"}""" + "\n" + """{"id":"7","kind":"Logs","pod":"web-1"}""" + "\n"));
        using var client = new AgentClient(FakeGateway.Options, handler: gateway);
        using var deadline = new CancellationTokenSource(Deadline);

        await foreach (var request in client.StreamRequestsAsync("us-east", cancellationToken: deadline.Token))
        {
            (request.Id, request.Pod).ShouldBe(("7", "web-1"));
            break;
        }
    }

    [Fact]
    public async Task Works_CredentialRefused_Throws()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Failure(401, "Unauthorized"));
        using var client = new AgentClient(FakeGateway.Options, handler: gateway);

        var refused = await Should.ThrowAsync<StatusException>(async () =>
        {
            await foreach (var _ in client.WorksAsync("us-east", 0, null))
            {
            }
        });
        refused.Code.ShouldBe(401);
    }

    [Fact]
    public async Task Report_RoundTrips()
    {
        using var gateway = new FakeGateway((_, _) => FakeGateway.Json("""{"acknowledged":4,"leaseSeconds":5}"""));
        using var client = new AgentClient(FakeGateway.Options, handler: gateway);

        var answer = await client.ReportAsync("us-east", new Report { Session = "s", Sequence = 4 });

        (answer.Acknowledged, answer.LeaseSeconds).ShouldBe((4, 5));
        gateway.Requests.ShouldHaveSingleItem().PathAndQuery.ShouldBe("/agent/v1/clusters/us-east/reports");
    }
}
