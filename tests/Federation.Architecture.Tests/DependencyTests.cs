namespace Federation.Architecture.Tests;

/// <summary>Dependencies point downwards only: Api ← Domain ← Grains ← Silo; Api ← Client ← {Cli, Agent, Terraform}.</summary>
public sealed class DependencyTests
{
    /// <summary>Every project of src, and the projects it may reference. A new project is a decision: it is entered here.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Federation.Api"] = [],
        ["Federation.Domain"] = ["Federation.Api"],
        ["Federation.Storage"] = ["Federation.Api"],
        ["Federation.Embedded"] = ["Federation.Api"],
        ["Federation.Yaml"] = [],
        ["Federation.Client"] = ["Federation.Api", "Federation.Yaml"],
        ["Federation.Grains"] = ["Federation.Api", "Federation.Domain", "Federation.Storage", "Federation.Embedded"],
        ["Federation.Gateway"] = ["Federation.Api", "Federation.Domain", "Federation.Storage", "Federation.Grains", "Federation.Yaml"],
        ["Federation.Dns"] = ["Federation.Api", "Federation.Domain", "Federation.Storage"],
        ["Federation.Silo"] = ["Federation.Api", "Federation.Domain", "Federation.Storage", "Federation.Embedded", "Federation.Grains", "Federation.Gateway", "Federation.Dns"],
        ["Federation.Cli"] = ["Federation.Api", "Federation.Client", "Federation.Yaml"],
        // The agent serves names to its containers: the wire format of DNS is written once.
        ["MemberCluster.Agent"] = ["Federation.Api", "Federation.Domain", "Federation.Client", "Federation.Dns"],
        ["Terraform.Provider.Federation"] = ["Federation.Api", "Federation.Client"],
    };

    /// <summary>Who may use what else. Api and Domain are plain libraries: no host, no database, no engine.</summary>
    private static readonly string[] Plain = ["Federation.Api", "Federation.Domain"];

    [Fact]
    public void Projects_OfSrc_AreOnTheList() =>
        Repository.Projects("src").Keys.Except(Allowed.Keys).ShouldBeEmpty();

    [Fact]
    public void References_OfSrc_PointDownwardsOnly() => Repository.Projects("src").Values
        .SelectMany(project => project.References.Except(Allowed.GetValueOrDefault(project.Name, [])).Select(reference => $"{project.Name} → {reference}"))
        .ShouldBeEmpty();

    [Fact]
    public void Allowed_Edges_HaveNoCycle()
    {
        var order = new List<string>();
        while (order.Count < Allowed.Count)
        {
            var next = Allowed.Keys.Except(order).FirstOrDefault(project => Allowed[project].All(order.Contains));
            next.ShouldNotBeNull($"a cycle among {string.Join(", ", Allowed.Keys.Except(order))}");
            order.Add(next);
        }
    }

    [Fact]
    public void References_ToTests_ComeFromTestsOnly()
    {
        var tests = Repository.Projects("tests").Keys.ToHashSet();

        Repository.Projects("src").Values.Concat(Repository.Projects("bench").Values.Where(project => !project.Name.EndsWith(".Bench", StringComparison.Ordinal)))
            .SelectMany(project => project.References.Where(tests.Contains).Select(reference => $"{project.Name} → {reference}"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void PlainProjects_UseNoPackageAndNoFramework()
    {
        foreach (var name in Plain)
        {
            var project = Repository.Projects("src")[name];
            project.Packages.ShouldBeEmpty(name);
            project.Frameworks.ShouldBeEmpty(name);
        }
    }

    [Fact]
    public void DomainSources_NameNoEngineHostOrStore() => Repository.Projects("src")["Federation.Domain"].Sources()
        .Where(source => new[] { "Orleans", "Microsoft.AspNetCore", "Microsoft.Extensions", "Federation.Storage", "Federation.Grains", "Npgsql", "Sqlite" }
            .Any(word => source.Text.Contains($"using {word}", StringComparison.Ordinal) || source.Text.Contains($"global::{word}", StringComparison.Ordinal)))
        .Select(source => source.RelativePath)
        .ShouldBeEmpty();

    [Fact]
    public void GrainSources_NeverAskWhichEngineRunsThem() => Repository.Projects("src")["Federation.Grains"].Sources()
        .Where(source => source.Text.Contains("#if", StringComparison.Ordinal))
        .Select(source => source.RelativePath)
        .ShouldBeEmpty();
}
