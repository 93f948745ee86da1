using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Credentials;
using Federation.Api.Meta;
using Federation.Client;
using Federation.Client.Agents;
using Federation.Gateway.Auth;
using Federation.Storage.Cache;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Gateway.Tests.Auth;

public sealed class AuthTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [InlineData("/apis/federation/v1/clusters")]
    [InlineData("/agent/v1/clusters/us-east/works")]
    [InlineData("/metrics")]
    [InlineData("/nowhere")]
    public async Task NoOrWrongToken_Is401(string path)
    {
        (await gateway.SendAsync(HttpMethod.Get, path, token: "")).ShouldSatisfyAllConditions(
            answer => answer.Code.ShouldBe(HttpStatusCode.Unauthorized),
            answer => answer.Body.GetProperty("reason").GetString().ShouldBe(StatusReasons.Unauthorized));
        (await gateway.SendAsync(HttpMethod.Get, path, token: "wrong")).Code.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.SendAsync(HttpMethod.Get, path, token: new string('x', 5000))).Code.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Version_NeedsNoToken() => (await gateway.SendAsync(HttpMethod.Get, "/version", token: "")).Code.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public void Credentials_KeepOnlyAHash()
    {
        var token = gateway.Client.Options.Token!;

        var stored = gateway.Cache.List(Credential.KindName);

        stored.Count.ShouldBeGreaterThan(0);
        foreach (var credential in stored)
            System.Text.Encoding.UTF8.GetString(credential.Json.Span).ShouldNotContain(token);
        token.Length.ShouldBeGreaterThanOrEqualTo(43);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(gateway.KubeConfigPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task AgentCredential_ReachesItsOwnClusterOnly()
    {
        using var agent = await gateway.JoinAsync("auth-own");
        using var other = await gateway.JoinAsync("auth-other");
        var token = agent.Options.Token;

        (await gateway.SendAsync(HttpMethod.Post, AgentPaths.Reports("auth-own"), """{"session":"s","sequence":1,"full":true}""", token: token)).Code.ShouldBe(HttpStatusCode.OK);
        foreach (var path in (string[])[AgentPaths.Reports("auth-other"), AgentPaths.Reports("AUTH-OWN"), AgentPaths.Stream("auth-other", "1"), AgentPaths.Join, AgentPaths.Tokens, "/apis/federation/v1/clusters", "/api/v1/pods", "/metrics", "/agent/v1/clusters/"])
            (await gateway.SendAsync(HttpMethod.Post, path, "{}", token: token)).Code.ShouldBe(HttpStatusCode.Forbidden, path);
    }

    [Fact]
    public async Task Admin_CannotSpeakForAnAgent()
    {
        (await gateway.SendAsync(HttpMethod.Post, AgentPaths.Reports("any"), "{}")).Code.ShouldBe(HttpStatusCode.Forbidden);
        (await gateway.SendAsync(HttpMethod.Post, AgentPaths.Join, "{}")).Code.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task JoinToken_WorksOnce()
    {
        using var admin = new AgentClient(gateway.Client.Options);
        var token = (await admin.CreateTokenAsync(new JoinTokenRequest())).Token;
        using var first = new AgentClient(gateway.Client.Options with { Token = token });
        using var second = new AgentClient(gateway.Client.Options with { Token = token });
        var request = new JoinRequest { Cluster = "auth-once", Region = "eu-west" };

        var attempts = await Task.WhenAll(AttemptAsync(first, request), AttemptAsync(second, request with { Cluster = "auth-once-too" }));

        attempts.Order().ShouldBe([200, 401]);
        (await AttemptAsync(first, request)).ShouldBe(401);
    }

    [Fact]
    public async Task JoinToken_ForAnotherClusterOrAWrongRequest_IsRefusedAndNotUsedUp()
    {
        using var admin = new AgentClient(gateway.Client.Options);
        var token = (await admin.CreateTokenAsync(new JoinTokenRequest { Cluster = "auth-bound" })).Token;
        using var joining = new AgentClient(gateway.Client.Options with { Token = token });

        (await AttemptAsync(joining, new JoinRequest { Cluster = "auth-foreign", Region = "eu-west" })).ShouldBe(403);
        (await AttemptAsync(joining, new JoinRequest { Cluster = "auth-bound", Region = "Not A Region" })).ShouldBe(422);
        (await AttemptAsync(joining, new JoinRequest { Cluster = "auth-bound", Region = "eu-west" })).ShouldBe(200);

        (await gateway.Client.GetAsync<Cluster>("auth-bound")).Spec.Region.ShouldBe("eu-west");
    }

    [Fact]
    public async Task JoiningAgain_RevokesTheOlderCredential()
    {
        using var old = await gateway.JoinAsync("auth-again");
        using var fresh = await gateway.JoinAsync("auth-again");

        (await Should.ThrowAsync<StatusException>(() => old.ReportAsync("auth-again", new Report { Session = "s", Sequence = 1, Full = true }))).Code.ShouldBe(401);
        (await fresh.ReportAsync("auth-again", new Report { Session = "s", Sequence = 1, Full = true })).Acknowledged.ShouldBe(1);
    }

    [Fact]
    public async Task ExpiredCredential_IsRefusedAtOnce()
    {
        var time = new MovableTime();
        var authenticator = new Authenticator(gateway.Services.GetRequiredService<IObjectCache>(), time);
        var token = TokenSecret.Create();
        await gateway.Services.GetRequiredService<CredentialWriter>().WriteAsync(
            token, new CredentialSpec { Role = CredentialRole.Admin, Subject = "short", ExpiresAt = time.Now + TimeSpan.FromMinutes(1) }, CancellationToken.None);

        authenticator.Authenticate($"Bearer {token}").ShouldNotBeNull().Subject.ShouldBe("short");
        authenticator.Authenticate($"bearer {token} ").ShouldNotBeNull();
        authenticator.Authenticate($"Basic {token}").ShouldBeNull();
        authenticator.Authenticate(token).ShouldBeNull();
        time.Now += TimeSpan.FromMinutes(1);
        authenticator.Authenticate($"Bearer {token}").ShouldBeNull();
    }

    [Fact]
    public async Task SameNameOtherHash_IsRefused()
    {
        var token = TokenSecret.Create();
        var name = TokenSecret.CredentialName(TokenSecret.Hash(token));
        await gateway.StoreAsync(new Credential
        {
            Metadata = new ObjectMeta { Name = name, Uid = Guid.NewGuid().ToString() },
            Spec = new CredentialSpec { Role = CredentialRole.Admin, Subject = "forged", TokenHash = TokenSecret.Hash(token)[..40] + new string('0', 24) },
        });
        await gateway.Cache.WaitForRevisionAsync(await gateway.Store.ReadCurrentRevisionAsync(CancellationToken.None), CancellationToken.None);
        gateway.Cache.Current(ObjectKey.ClusterScoped(Credential.KindName, name)).ShouldNotBeNull();

        (await gateway.SendAsync(HttpMethod.Get, "/api", token: token)).Code.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Restart_KeepsAuthorityAndToken_ButNeverRevivesARevokedOne()
    {
        var before = File.ReadAllText(gateway.KubeConfigPath);
        await gateway.RestartGatewayAsync();
        var after = KubeConfig.Load(gateway.KubeConfigPath);
        Token(before).ShouldBe(after.Token);
        Authority(before).ShouldBe(Authority(File.ReadAllText(gateway.KubeConfigPath)));

        var name = TokenSecret.CredentialName(TokenSecret.Hash(after.Token!));
        var uid = gateway.Cache.Current(ObjectKey.ClusterScoped(Credential.KindName, name)).ShouldNotBeNull().Uid;
        (await gateway.Services.GetRequiredService<CredentialWriter>().RevokeAsync(name, uid, CancellationToken.None)).ShouldBeTrue();
        (await gateway.SendAsync(HttpMethod.Get, "/api", token: after.Token)).Code.ShouldBe(HttpStatusCode.Unauthorized);
        await gateway.RestartGatewayAsync();

        gateway.Client.Options.Token.ShouldNotBe(after.Token);
        (await gateway.SendAsync(HttpMethod.Get, "/api", token: after.Token)).Code.ShouldBe(HttpStatusCode.Unauthorized);
        (await gateway.SendAsync(HttpMethod.Get, "/api")).Code.ShouldBe(HttpStatusCode.OK);
    }

    private static string Token(string kubeConfig) => kubeConfig.Split("token: ")[1].Split('\n')[0];

    private static string Authority(string kubeConfig) => kubeConfig.Split("certificate-authority-data: ")[1].Split('\n')[0];

    private static async Task<int> AttemptAsync(AgentClient client, JoinRequest request)
    {
        try
        {
            await client.JoinAsync(request);
            return 200;
        }
        catch (StatusException refused)
        {
            return refused.Code;
        }
    }

    private sealed class MovableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(60);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
