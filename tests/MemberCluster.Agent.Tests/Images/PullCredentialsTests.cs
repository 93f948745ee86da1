using System.Text;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Images;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Images;

public sealed class PullCredentialsTests
{
    [Theory]
    [InlineData("registry.example.com", "registry.example.com/team/web:1", true)]
    [InlineData("https://registry.example.com/v2/", "registry.example.com/team/web:1", true)]
    [InlineData("registry.example.com/team", "registry.example.com/team/web:1", true)]
    [InlineData("registry.example.com/team", "registry.example.com/teammate/web:1", false)]
    [InlineData("registry.example.com", "registry.example.com:5000/web:1", false)]
    [InlineData("registry.example.com", "evil.registry.example.com/web:1", false)]
    [InlineData("https://index.docker.io/v1/", "busybox", true)]
    [InlineData("docker.io", "team/web:1", true)]
    [InlineData("docker.io", "registry.example.com/web", false)]
    public void For_RegistryOfTheImage_OnlyItsOwnCredentials(string registry, string image, bool isGiven) =>
        PullCredentials.For(image, WorkWith(Json(registry, "reader", "right"))).Auths.Length.ShouldBe(isGiven ? 1 : 0);

    [Fact]
    public void For_SeveralEntries_TheClosestComesFirst()
    {
        var json = """{"auths":{"r.example":{"username":"all","password":"1"},"r.example/team":{"auth":"dGVhbTpwYTpzcw=="},"r.example/x":{"username":"x","password":"3"}}}""";

        var auths = PullCredentials.For("r.example/team/web:1", WorkWith(json)).Auths;

        auths.Select(auth => (auth.Username, auth.Password)).ShouldBe([("team", "pa:ss"), ("all", "1")]);
    }

    [Fact]
    public void For_IdentityToken_IsUsedInsteadOfAPassword() =>
        PullCredentials.For("r.example/web", WorkWith("""{"auths":{"r.example":{"identitytoken":"t"}}}""")).Auths.Single().IdentityToken.ShouldBe("t");

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"auths":[]}""")]
    [InlineData("""{"auths":{"r.example":{"auth":"***"}}}""")]
    public void For_SecretThatIsNoneOfThese_GivesNothing(string json) => PullCredentials.For("r.example/web", WorkWith(json)).Auths.ShouldBeEmpty();

    [Fact]
    public void For_SecretThatDoesNotExist_IsNamed() =>
        PullCredentials.For("r.example/web", WorkWith("{}") with { Data = [] }).Missing.ShouldBe(["Secret default/registry, named in imagePullSecrets, does not exist"]);

    internal static string Json(string registry, string user, string password)
    {
        var auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        return $$$"""{"auths":{"{{{registry}}}":{"auth":"{{{auth}}}"} } }""";
    }

    internal static Work WorkWith(string json) => TestWorks.Web(1)
        .WithSpec(spec => spec with { ImagePullSecrets = [new LocalReference { Name = "registry" }] })
        .WithData(SecretWith(json));

    internal static WorkData SecretWith(string json) => TestWorks.SecretOf("registry", (".dockerconfigjson", json)) with { Type = "kubernetes.io/dockerconfigjson" };
}
