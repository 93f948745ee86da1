using System.Net;
using Federation.Api.Core;
using Federation.Api.Meta;

namespace Federation.Gateway.Tests.Resources;

public sealed class DeletionTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Fact]
    public async Task DeleteCollection_Selector_DeletesWhatMatchesAndNothingElse()
    {
        var path = await NamespaceAsync("dc-select");
        foreach (var (name, tier) in new[] { ("a", "x"), ("b", "x"), ("c", "y") })
            await gateway.Client.CreateAsync(Map("dc-select", name, tier));

        (await gateway.SendAsync(HttpMethod.Delete, path + "?labelSelector=tier%3Dx&dryRun=All")).Code.ShouldBe(HttpStatusCode.OK);
        (await NamesAsync("dc-select")).ShouldBe(["a", "b", "c"], "a dry run deletes nothing");
        var (code, status) = await gateway.SendAsync(HttpMethod.Delete, path + "?labelSelector=tier%3Dx");

        code.ShouldBe(HttpStatusCode.OK);
        status.GetProperty("status").GetString().ShouldBe("Success");
        (await NamesAsync("dc-select")).ShouldBe(["c"]);
        (await gateway.SendAsync(HttpMethod.Delete, path + "?fieldSelector=metadata.name%3Dnone")).Code.ShouldBe(HttpStatusCode.OK);
        (await NamesAsync("dc-select")).ShouldBe(["c"]);
    }

    [Fact]
    public async Task DeleteCollection_LimitAndManyObjects_StopsThere()
    {
        var path = await NamespaceAsync("dc-many");
        for (var index = 0; index < 70; index++)
            await gateway.Client.CreateAsync(Map("dc-many", $"m-{index:00}", "x"));

        (await gateway.SendAsync(HttpMethod.Delete, path + "?limit=5")).Code.ShouldBe(HttpStatusCode.OK);
        (await NamesAsync("dc-many")).Count.ShouldBe(65);
        (await gateway.SendAsync(HttpMethod.Delete, path)).Code.ShouldBe(HttpStatusCode.OK);

        (await NamesAsync("dc-many")).ShouldBeEmpty();
    }

    [Fact]
    public async Task DeleteCollection_DiscoveryNamesTheVerb()
    {
        var (_, list) = await gateway.SendAsync(HttpMethod.Get, "/api/v1");

        Verbs("configmaps").ShouldContain("deletecollection");
        Verbs("namespaces").ShouldNotContain("deletecollection");

        IEnumerable<string?> Verbs(string name) => list.GetProperty("resources").EnumerateArray()
            .Single(resource => resource.GetProperty("name").GetString() == name).GetProperty("verbs").EnumerateArray().Select(verb => verb.GetString());
    }

    [Theory]
    [InlineData("""{"propagationPolicy":"Sideways"}""", "propagationPolicy")]
    [InlineData("""{"propagationPolicy":"Orphan","orphanDependents":true}""", "orphanDependents")]
    [InlineData("""{"orphanDependents":"yes"}""", "orphanDependents")]
    [InlineData("""{"gracePeriodSeconds":-1}""", "gracePeriodSeconds")]
    [InlineData("""{"dryRun":["Some"]}""", "dryRun")]
    [InlineData("[]", "JSON object")]
    public async Task Delete_WrongOptions_Is400AndDeletesNothing(string body, string says)
    {
        var path = await NamespaceAsync("dc-wrong");
        if (!(await NamesAsync("dc-wrong")).Contains("kept"))
            await gateway.Client.CreateAsync(Map("dc-wrong", "kept", "x"));

        var (code, status) = await gateway.SendAsync(HttpMethod.Delete, path + "/kept", body);

        code.ShouldBe(HttpStatusCode.BadRequest, status.ToString());
        status.GetProperty("message").GetString()!.ShouldContain(says);
        (await NamesAsync("dc-wrong")).ShouldContain("kept");
    }

    [Fact]
    public async Task Delete_OrphanThroughTheQuery_LeavesTheDependent()
    {
        var path = await NamespaceAsync("dc-orphan");
        var owner = await gateway.Client.CreateAsync(Map("dc-orphan", "owner", "x"));
        var child = Map("dc-orphan", "child", "x");
        await gateway.Client.CreateAsync(child with
        {
            Metadata = child.Metadata with { OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = owner.Metadata.Uid! }] },
        });

        (await gateway.SendAsync(HttpMethod.Delete, path + "/owner?propagationPolicy=Orphan")).Code.ShouldBe(HttpStatusCode.OK);

        var deadline = TimeProvider.System.GetTimestamp();
        while ((await NamesAsync("dc-orphan")).Contains("owner"))
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(TimeSpan.FromSeconds(30));
        (await gateway.Client.GetAsync<ConfigMap>("child", "dc-orphan")).Metadata.OwnerReferences.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PATCH", "?dryRun=Some", "dryRun")]
    [InlineData("PATCH", "?fieldValidation=Perhaps", "fieldValidation")]
    [InlineData("PATCH", "?force=true", "force")]
    [InlineData("POST", "?dryRun=Some", "dryRun")]
    [InlineData("DELETE", "?dryRun=Some", "dryRun")]
    public async Task Write_WrongParameter_Is400(string method, string query, string says)
    {
        var path = await NamespaceAsync("dc-query");

        var (code, status) = await gateway.SendAsync(
            new HttpMethod(method), path + (method == "POST" ? "" : "/any") + query, """{"metadata":{"name":"any"}}""", method == "PATCH" ? "application/merge-patch+json" : "application/json");

        code.ShouldBe(HttpStatusCode.BadRequest, status.ToString());
        status.GetProperty("message").GetString()!.ShouldContain(says);
    }

    [Fact]
    public async Task Apply_WithoutManager_Is400AndYamlIsTaken()
    {
        var path = await NamespaceAsync("dc-apply") + "/settings";
        const string Body = "data: { a: '1' }\n";

        (await gateway.SendAsync(HttpMethod.Patch, path, Body, "application/apply-patch+yaml")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SendAsync(HttpMethod.Patch, path + "?fieldManager=ci&dryRun=All", Body, "application/apply-patch+yaml")).Code.ShouldBe(HttpStatusCode.Created);
        (await NamesAsync("dc-apply")).ShouldBeEmpty("a dry run creates nothing");
        (await gateway.SendAsync(HttpMethod.Patch, path + "?fieldManager=ci", Body, "application/apply-patch+yaml")).Code.ShouldBe(HttpStatusCode.Created);
        (await gateway.SendAsync(HttpMethod.Patch, path + "?fieldManager=ci", """{"data":{"a":"2"}}""", "application/apply-patch+yaml")).Code.ShouldBe(HttpStatusCode.OK);

        (await gateway.Client.GetAsync<ConfigMap>("settings", "dc-apply")).Data["a"].ShouldBe("2");
        (await gateway.SendAsync(HttpMethod.Patch, (await NamespaceAsync("dc-none")).Replace("dc-none", "dc-missing", StringComparison.Ordinal) + "/x?fieldManager=ci", Body, "application/apply-patch+yaml"))
            .Code.ShouldBe(HttpStatusCode.NotFound, "the namespace does not exist");
    }

    private async Task<string> NamespaceAsync(string name)
    {
        if (await gateway.Client.FindAsync<Namespace>(name) is null)
            await gateway.Client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } });
        return $"/api/v1/namespaces/{name}/configmaps";
    }

    private async Task<IReadOnlyList<string?>> NamesAsync(string @namespace)
    {
        var (_, list) = await gateway.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/{@namespace}/configmaps");
        return [.. list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("metadata").GetProperty("name").GetString())];
    }

    private static ConfigMap Map(string @namespace, string name, string tier) =>
        new() { Metadata = new ObjectMeta { Name = name, Namespace = @namespace, Labels = new Dictionary<string, string> { ["tier"] = tier } } };
}
