using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime;

public sealed class ImageReferenceTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("nginx", "nginx", null, null, "latest", "docker.io")]
    [InlineData("nginx:1.27", "nginx", "1.27", null, "1.27", "docker.io")]
    [InlineData("library/nginx", "library/nginx", null, null, "latest", "docker.io")]
    [InlineData("federation/web:1", "federation/web", "1", null, "1", "docker.io")]
    [InlineData("ghcr.io/a/b_c/d-e:V1.0-rc", "ghcr.io/a/b_c/d-e", "V1.0-rc", null, "V1.0-rc", "ghcr.io")]
    [InlineData("HOST/a", "HOST/a", null, null, "latest", "HOST")]
    [InlineData("localhost/a", "localhost/a", null, null, "latest", "localhost")]
    [InlineData("127.0.0.1:5000/test/busybox:1", "127.0.0.1:5000/test/busybox", "1", null, "1", "127.0.0.1:5000")]
    [InlineData("[::1]:5000/a:1", "[::1]:5000/a", "1", null, "1", "[::1]:5000")]
    [InlineData("a@" + Digest, "a", null, Digest, Digest, "docker.io")]
    [InlineData("host:5000/a:2@" + Digest, "host:5000/a", "2", Digest, Digest, "host:5000")]
    public void TryParse_Reference_IsTakenApart(string text, string name, string? tag, string? digest, string tagOrDigest, string registry)
    {
        ImageReference.TryParse(text, out var reference).ShouldBeTrue();
        reference.ShouldBe(new ImageReference(name, tag, digest));
        reference.TagOrDigest.ShouldBe(tagOrDigest);
        reference.Registry.ShouldBe(registry);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Nginx")]
    [InlineData("a b")]
    [InlineData("a:")]
    [InlineData("a:b:c")]
    [InlineData("a:.b")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("-a")]
    [InlineData("a@sha256:short")]
    [InlineData("a\n")]
    [InlineData("a?x=y")]
    [InlineData("../a")]
    [InlineData("http://host/a")]
    public void TryParse_NoReference_IsFalse(string? text) => ImageReference.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_VeryLong_IsFalseAtOnce() => ImageReference.TryParse(new string('a', 100_000) + "!", out _).ShouldBeFalse();
}
