using System.Text;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Api.Streams;
using Federation.Client;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.ClusterRole.Listening;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>Nodes on other machines: how they are let in, and what a credential is good for.</summary>
public sealed class NodeListenerTests : IAsyncLifetime
{
    private const string Preset = "a-secret-of-the-machines";
    private readonly HttpsRegion _region = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _region.DisposeAsync().AsTask();

    [Fact]
    public async Task Join_WithAToken_RunsPods_AndComesBackWithoutOne()
    {
        await _region.StartClusterAsync();
        var engine = _region.NewEngine("n1");
        var node = _region.StartNode("n1", engine, _region.Token("n1"));
        _region.ControlPlane.Apply(TestWorks.Web(2));
        await _region.UntilRunningAsync(2);
        var running = engine.StartCount;

        await node.StopAsync();
        _region.StartNode("n1", engine, token: null);
        await _region.UntilReadyAsync("n1");
        _region.ControlPlane.Apply(TestWorks.Web(3));
        await _region.UntilRunningAsync(3);

        (running, engine.StartCount).ShouldBe((2, 3));
        Directory.GetFiles(_region.ClusterData, "*", SearchOption.AllDirectories)
            .ShouldAllBe(file => !File.ReadAllText(file).Contains(_region.CredentialOf("n1")), "the cluster agent keeps no secret");
    }

    [Fact]
    public async Task Volume_FetchedThroughTheClusterAgent_IsWholeAlsoAfterACut()
    {
        var tar = new Volumes.TestVolume().File("large", new byte[3_000_000]).File("small", "x").ToTar();
        var asked = 0;
        _region.ControlPlane.Volumes = async query =>
        {
            var sent = await Volumes.TestVolume.SentAsync(tar, query.Skip);
            return new MemoryStream(Interlocked.Increment(ref asked) == 1 ? sent[..^1_000_000] : sent);
        };
        await _region.StartClusterAsync();
        var engine = _region.NewEngine("n1");
        _region.StartNode("n1", engine, _region.Token("n1"));
        await _region.UntilReadyAsync("n1");
        var work = PetMachine.Pets();
        _region.ControlPlane.Apply(work with { Pets = work.Pets! with { Claims = [new WorkClaim { Name = "data" }], Copies = [new WorkPetCopy { Ordinal = 0, Epoch = 4 }] } });

        await Eventually.TrueAsync(() => _region.ControlPlane.StatusOf("uid-db") is { Copies: [{ Phase: WorkPetCopyPhase.Done, Bytes: 3_000_001 }] }, "the copy is done");
        asked.ShouldBe(2);
        (await Volumes.TestVolume.ReadAsync(engine.Connect(), "federation_us-east-1_default_db_data_0"))["federation-volume/large"].Length.ShouldBe(3_000_000);
    }

    [Fact]
    public async Task Join_CertificateIsAnother_IsRefusedAndSaysNothing()
    {
        await _region.StartClusterAsync();
        NodeSecrets.TryReadToken(_region.Token(), out var fingerprint, out var secret).ShouldBeTrue();
        var wrong = NodeSecrets.TokenOf(new string('A', fingerprint!.Length), secret!);

        var refused = await Should.ThrowAsync<AgentStartException>(_region.StartNode("n1", _region.NewEngine("n1"), wrong).Running);

        refused.Message.ShouldContain("shows another certificate");
        _region.StartNode("n2", _region.NewEngine("n2"), NodeSecrets.TokenOf(fingerprint, secret!));
        await _region.UntilReadyAsync("n2");
    }

    [Fact]
    public async Task Join_TokenIsUsedUpOrForAnother_IsRefused()
    {
        await _region.StartClusterAsync();
        var token = _region.Token();
        _region.StartNode("n1", _region.NewEngine("n1"), token);
        await _region.UntilReadyAsync("n1");

        (await Should.ThrowAsync<AgentStartException>(_region.StartNode("n2", _region.NewEngine("n2"), token).Running)).Message.ShouldContain("token is not valid");
        (await Should.ThrowAsync<AgentStartException>(_region.StartNode("n3", _region.NewEngine("n3"), _region.Token("n4")).Running)).Message.ShouldContain("is for another node");
    }

    [Fact]
    public async Task Join_NameOfANodeAtWork_NeedsATokenForIt()
    {
        await _region.StartClusterAsync();
        _region.StartNode("n1", _region.NewEngine("n1"), _region.Token());
        await _region.UntilReadyAsync("n1");
        var before = _region.CredentialOf("n1");
        NodeSecrets.TryReadToken(_region.Token(), out _, out var any).ShouldBeTrue();
        NodeSecrets.TryReadToken(_region.Token("n1"), out _, out var own).ShouldBeTrue();
        var request = new JoinRequest { Cluster = HttpsRegion.ClusterName, Region = "us-east", Node = "n1" };

        using var stranger = _region.ClientWith(any);
        (await Should.ThrowAsync<StatusException>(stranger.JoinAsync(request))).Code.ShouldBe(403);
        using var replacement = _region.ClientWith(own);
        var joined = await replacement.JoinAsync(request);

        joined.Credential.ShouldNotBe(before);
        using var old = _region.ClientWith(before);
        (await Should.ThrowAsync<StatusException>(old.ReportAsync("n1", new Report()))).Code.ShouldBe(401);
    }

    [Fact]
    public async Task Join_WithThePresetSecret_IsProvedByBothSides()
    {
        await _region.StartClusterAsync(Preset);

        _region.StartNode("n1", _region.NewEngine("n1"), Preset);

        await _region.UntilReadyAsync("n1");
        (await Should.ThrowAsync<AgentStartException>(_region.StartNode("n2", _region.NewEngine("n2"), "another-secret-entirely").Running)).Message.ShouldContain("token is not valid");
    }

    [Fact]
    public void Proof_SeenCertificateIsAnother_IsNotValid()
    {
        var (proof, _) = NodeSecrets.ProofOf(Preset, "seen-by-the-node", "n1");

        NodeSecrets.Verify(proof, Preset, "shown-by-the-cluster-agent", "n1").ShouldBeNull();
        NodeSecrets.Verify(proof, Preset, "seen-by-the-node", "n2").ShouldBeNull();
        NodeSecrets.Verify(proof, Preset, "seen-by-the-node", "n1").ShouldNotBeNull();
    }

    [Fact]
    public async Task Credential_OfAnotherNode_SeesAndSaysNothing()
    {
        await _region.StartClusterAsync();
        _region.StartNode("n1", _region.NewEngine("n1"), _region.Token());
        await _region.UntilReadyAsync("n1");
        _region.ControlPlane.Apply(TestWorks.Web(1));
        await _region.UntilRunningAsync(1);
        var pod = _region.ControlPlane.Pods.Single();
        NodeSecrets.TryReadToken(_region.Token("n2"), out _, out var secret).ShouldBeTrue();
        using var joining = _region.ClientWith(secret);
        var stolen = await joining.JoinAsync(new JoinRequest { Cluster = HttpsRegion.ClusterName, Region = "us-east", Node = "n2" });
        using var thief = _region.ClientWith(stolen.Credential);

        (await Should.ThrowAsync<StatusException>(async () => await thief.WorksAsync("n1", 0, null).FirstAsync())).Code.ShouldBe(401);
        (await Should.ThrowAsync<StatusException>(async () => await thief.StreamRequestsAsync("n1").FirstAsync())).Code.ShouldBe(401);
        (await Should.ThrowAsync<StatusException>(thief.ReportAsync("n1", Full()))).Code.ShouldBe(401);
        (await Should.ThrowAsync<StatusException>(thief.ReportAsync("n2", Full() with { Pods = [pod] }))).Message.ShouldContain("it is not on that node");
        var disguised = pod with { Spec = pod.Spec with { NodeName = "us-east-1.n2" } };
        (await Should.ThrowAsync<StatusException>(thief.ReportAsync("n2", Full() with { Pods = [disguised] }))).Message.ShouldContain("it is not on that node");
        var other = new Node { Metadata = new ObjectMeta { Name = "us-east-1.n1" } };
        (await Should.ThrowAsync<StatusException>(thief.ReportAsync("n2", Full() with { Nodes = [other] }))).Message.ShouldContain("may not report node");
        var events = new[] { new AgentEvent { Kind = Pod.KindName, Namespace = pod.Metadata.Namespace!, Name = pod.Metadata.Name, Reason = "Killing" } };
        (await Should.ThrowAsync<StatusException>(thief.ReportAsync("n2", Full() with { Events = events }))).Message.ShouldContain("may not report events");
        _region.ControlPlane.Pods.ShouldHaveSingleItem().Metadata.Uid.ShouldBe(pod.Metadata.Uid);
        var words = await thief.WorksAsync("n2", 0, null).TakeUntilAsync(word => word.Type == WorkEventType.Bookmark);
        words.ShouldAllBe(word => word.Work == null, "it runs nothing, so it is told nothing");
    }

    [Fact]
    public async Task Forgotten_ItsCredentialEnds_AndWhatItHadOpenedWithIt()
    {
        await _region.StartClusterAsync();
        var node = _region.StartNode("n1", _region.NewEngine("n1"), _region.Token());
        await _region.UntilReadyAsync("n1");
        await node.StopAsync();
        using var client = _region.ClientWith(_region.CredentialOf("n1"));

        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = DrainAsync(client.WorksAsync("n1", 0, null), began);
        await began.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

        NodeCredentials.Remove(_region.ClusterData, "n1").ShouldBeTrue();

        // The client connects again when its connection ends, and is refused then.
        (await Should.ThrowAsync<StatusException>(open.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System))).Code.ShouldBe(401);
        await Eventually.ReadAsync(() => Task.FromResult(_region.ControlPlane.Nodes.Count), count => count == 0, "the node is not reported any more");
        (await Should.ThrowAsync<StatusException>(client.ReportAsync("n1", Full()))).Code.ShouldBe(401);
    }

    [Fact]
    public async Task Logs_OfAPodOnAnotherMachine_ComeThroughTheClusterAgent()
    {
        await _region.StartClusterAsync();
        _region.StartNode("n1", _region.NewEngine("n1"), _region.Token());
        _region.StartNode("n2", _region.NewEngine("n2"), _region.Token());
        await _region.UntilReadyAsync("n1");
        await _region.UntilReadyAsync("n2");
        _region.ControlPlane.Apply(TestWorks.Web(2));
        await _region.UntilRunningAsync(2);

        foreach (var pod in _region.ControlPlane.Pods)
            _region.ControlPlane.Ask(new StreamRequest { Id = pod.Metadata.Name, Kind = StreamKind.Logs, Namespace = "default", Pod = pod.Metadata.Name });
        _region.ControlPlane.Ask(new StreamRequest { Id = "none", Kind = StreamKind.Logs, Namespace = "default", Pod = "none" });

        await Eventually.ReadAsync(() => Task.FromResult(_region.ControlPlane.Answers), answers => answers.Count == 3, "every request is answered");
        foreach (var pod in _region.ControlPlane.Pods)
            _region.ControlPlane.Answers[pod.Metadata.Name].ShouldContain($"hello from {pod.Spec.NodeName!["us-east-1.".Length..]}");
        _region.ControlPlane.Answers["none"].ShouldBe("404 pods \"none\" not found");
    }

    [Fact]
    public async Task Exec_InAPodOnAnotherMachine_InputSizeOutputsAndExitCodeComeThroughTheClusterAgent()
    {
        // More than a window, so that credit has to come through as well.
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(number => $"line {number}\n"));
        await _region.StartClusterAsync();
        _region.StartNode("n1", _region.NewEngine("n1"), _region.Token());
        await _region.UntilReadyAsync("n1");
        _region.ControlPlane.Apply(TestWorks.Web(1));
        await _region.UntilRunningAsync(1);
        var heard = new TaskCompletionSource<IReadOnlyDictionary<StreamChannel, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _region.ControlPlane.Asker = async tunnel => heard.SetResult(await TalkAsync(tunnel, text));

        var pod = _region.ControlPlane.Pods.Single().Metadata.Name;
        _region.ControlPlane.Ask(new StreamRequest { Id = "exec", Kind = StreamKind.Exec, Namespace = "default", Pod = pod, Command = ["cat"], Stdin = true, Stdout = true, Stderr = true });

        var answer = await heard.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        (answer[StreamChannel.Output] == $"80x24 {text}").ShouldBeTrue();
        answer[StreamChannel.Error].ShouldBe("no\n");
        ApiJson.FromUtf8<StreamResult>(Encoding.UTF8.GetBytes(answer[StreamChannel.Result])).ExitCode.ShouldBe(7);
    }

    [Fact]
    public async Task ClusterAgentIsANewOne_TheNodeKeepsItsPods_AndJoinsWithItsToken()
    {
        var head = await _region.StartClusterAsync();
        var engine = _region.NewEngine("n1");
        var node = _region.StartNode("n1", engine, _region.Token());
        _region.ControlPlane.Apply(TestWorks.Web(2));
        await _region.UntilRunningAsync(2);
        await head.StopAsync();
        Directory.Delete(_region.ClusterData, recursive: true);
        await _region.StartClusterAsync();
        await node.StopAsync();

        _region.StartNode("n1", engine, _region.Token());

        await _region.UntilReadyAsync("n1");
        await _region.UntilRunningAsync(2);
        engine.StartCount.ShouldBe(2);
    }

    /// <summary>As a client with a terminal and something to say, who listens meanwhile.</summary>
    private static async Task<IReadOnlyDictionary<StreamChannel, string>> TalkAsync(StreamTunnel tunnel, string text)
    {
        await using var closing = tunnel;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var said = SayAsync();
        var heard = new Dictionary<StreamChannel, StringBuilder>();
        while (await tunnel.ReadAsync(deadline.Token) is { } frame)
        {
            if (!heard.TryGetValue(frame.Channel, out var channel))
                heard[frame.Channel] = channel = new StringBuilder();
            channel.Append(Encoding.UTF8.GetString(frame.Data.Span));
        }

        await said;
        return heard.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());

        async Task SayAsync()
        {
            await tunnel.WriteAsync(StreamChannel.Resize, ApiJson.ToUtf8(new TerminalSize(80, 24)), deadline.Token);
            await tunnel.WriteAsync(StreamChannel.Input, Encoding.UTF8.GetBytes(text), deadline.Token);
            await tunnel.EndAsync(StreamChannel.Input, deadline.Token);
        }
    }

    private static async Task DrainAsync<T>(IAsyncEnumerable<T> lines, TaskCompletionSource began)
    {
        await foreach (var _ in lines)
            began.TrySetResult();
    }

    private static Report Full() => new() { Session = "thief", Sequence = 1, Full = true };
}
