using System.Net;
using Federation.Api.Credentials;
using Federation.Gateway.Auth;

namespace Federation.Gateway.Tests.Auth;

/// <summary>Callers' questions about themselves are answered as their requests would be.</summary>
public sealed class ReviewTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    [Theory]
    [InlineData("""{"resourceAttributes":{"group":"federation","resource":"apps","verb":"create","namespace":"shop"}}""", true, false)]
    [InlineData("""{"resourceAttributes":{"resource":"*","group":"*","verb":"*"}}""", true, false)]
    [InlineData("""{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}""", true, false)]
    [InlineData("""{"nonResourceAttributes":{"path":"/healthz","verb":"get"}}""", true, true)]
    [InlineData("""{"nonResourceAttributes":{"path":"/agent/v1/clusters/reviewed/reports","verb":"post"}}""", false, true)]
    [InlineData("""{"nonResourceAttributes":{"path":"/agent/v1/clusters/another/reports","verb":"post"}}""", false, false)]
    public async Task Access_IsAnsweredFromTheRules(string spec, bool isAdminAllowed, bool isAgentAllowed)
    {
        using var agent = await gateway.JoinAsync("reviewed");

        (await AskAsync(spec, null)).ShouldBe(isAdminAllowed);
        (await AskAsync(spec, agent.Options.Token)).ShouldBe(isAgentAllowed);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"resourceAttributes":{"resource":"apps"},"nonResourceAttributes":{"path":"/"}}""")]
    public async Task Access_NotOneQuestion_Is400(string spec)
    {
        var (code, status) = await gateway.SendAsync(HttpMethod.Post, Access, Body(spec));

        code.ShouldBe(HttpStatusCode.BadRequest, status.ToString());
    }

    [Fact]
    public async Task Access_OtherMethodOrBody_IsAClientError()
    {
        (await gateway.SendAsync(HttpMethod.Get, Access)).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await gateway.SendAsync(HttpMethod.Post, Access, "{")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SendAsync(HttpMethod.Post, Access, Body("""{"colour":"red"}"""))).Code.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v1beta1")]
    public async Task Identity_IsTheCredential(string version)
    {
        using var agent = await gateway.JoinAsync("identified");
        var body = $$"""{"apiVersion":"authentication.k8s.io/{{version}}","kind":"SelfSubjectReview"}""";

        var (code, review) = await gateway.SendAsync(HttpMethod.Post, $"/apis/authentication.k8s.io/{version}/selfsubjectreviews", body, token: agent.Options.Token);

        code.ShouldBe(HttpStatusCode.Created, review.ToString());
        review.GetProperty("apiVersion").GetString().ShouldBe($"authentication.k8s.io/{version}");
        var user = review.GetProperty("status").GetProperty("userInfo");
        user.GetProperty("username").GetString().ShouldBe("agent:identified");
        user.GetProperty("groups")[0].GetString().ShouldBe("federation:agent");
        user.GetProperty("extra").GetProperty("cluster")[0].GetString().ShouldBe("identified");
    }

    [Theory]
    [InlineData(CredentialRole.Admin)]
    [InlineData(CredentialRole.Agent)]
    [InlineData(CredentialRole.Join)]
    public void Rules_ListOnlyWhatIsAllowed(CredentialRole role)
    {
        var caller = new Caller(role, "somebody", "us-east", "name", "uid");

        foreach (var path in AccessRules.PathsOf(caller))
            AccessRules.MayUse(caller, path.Replace("*", "x", StringComparison.Ordinal)).ShouldBeTrue(path);
        foreach (var rule in AccessRules.ResourceRulesOf(caller))
            AccessRules.MayUse(caller, $"/apis/{rule.ApiGroups[0]}/v1/{rule.Resources[0]}").ShouldBe(role == CredentialRole.Admin || rule.ApiGroups[0].EndsWith("k8s.io", StringComparison.Ordinal));
    }

    private static string Body(string spec) => $$"""{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{{spec}}}""";

    private async Task<bool> AskAsync(string spec, string? token)
    {
        var (code, review) = await gateway.SendAsync(HttpMethod.Post, Access, Body(spec), token: token);
        code.ShouldBe(HttpStatusCode.Created, review.ToString());
        return review.GetProperty("status").GetProperty("allowed").GetBoolean();
    }
}
