using System.Reflection;
using Federation.Grains.Hosting;

namespace Federation.Grains.Tests.Contracts;

/// <summary>Silos of two versions talk to each other during an update, so what is on the wire changes only on purpose.</summary>
public sealed class GrainContractTests
{
    private const string UpdateVariable = "UPDATE_CONTRACTS";

    private static readonly Assembly Grains = typeof(FederationGrainsExtensions).Assembly;

    private static string File => typeof(GrainContractTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "GrainContracts").Value!;

    [Fact]
    public void Contract_InterfacesAndMethods_HavePermanentNames()
    {
        string[] unnamed =
        [
            .. GrainContract.Interfaces(Grains).Where(type => GrainContract.AliasOf(type) is null).Select(type => type.Name),
            .. GrainContract.Interfaces(Grains).SelectMany(type => type.GetMethods())
                .Where(method => GrainContract.AliasOf(method) is null).Select(method => $"{method.DeclaringType!.Name}.{method.Name}"),
        ];

        unnamed.ShouldBeEmpty("give each an [Alias]");
        GrainContract.Interfaces(Grains).ShouldNotBeEmpty();
        GrainContract.Interfaces(Grains).Select(GrainContract.AliasOf).ShouldBeUnique();
        foreach (var type in GrainContract.Interfaces(Grains))
            type.GetMethods().Select(GrainContract.AliasOf).ShouldBeUnique();
    }

    [Fact]
    public void Contract_SerialisedTypes_HavePermanentNamesAndNumbers()
    {
        string[] unnamed =
        [
            .. GrainContract.Serialised(Grains).Where(type => GrainContract.AliasOf(type) is null).Select(type => type.Name),
            .. GrainContract.Serialised(Grains).Where(type => !type.IsEnum).SelectMany(GrainContract.StoredMembers)
                .Where(member => GrainContract.IdOf(member) is null).Select(member => $"{member.DeclaringType!.Name}.{member.Name}"),
        ];

        unnamed.ShouldBeEmpty("give each type an [Alias] and each member an [Id]");
        GrainContract.Serialised(Grains).ShouldNotBeEmpty();
        GrainContract.Serialised(Grains).Select(GrainContract.AliasOf).ShouldBeUnique();
        foreach (var type in GrainContract.Serialised(Grains).Where(type => !type.IsEnum))
            GrainContract.StoredMembers(type).Select(GrainContract.IdOf).ShouldBeUnique(type.Name);
    }

    [Fact]
    public void Contract_GrainClasses_HavePermanentNames() =>
        GrainContract.Classes(Grains).Where(type => type.GetCustomAttribute<GrainTypeAttribute>() is null).Select(type => type.Name)
            .ShouldBeEmpty("give each a [GrainType]");

    [Fact]
    public void Contract_Assembly_IsTheCheckedInOne()
    {
        var actual = GrainContract.Render(Grains);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
            System.IO.File.WriteAllText(File, actual);

        var expected = System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File) : "";
        var (before, after) = (Sections(expected), Sections(actual));
        string[] drift = [.. before.Except(after).Select(line => $"- {line}"), .. after.Except(before).Select(line => $"+ {line}")];

        drift.ShouldBeEmpty(
            $"""
            The grains' contract is not the one in {File}.
            Adding is safe: run these tests with {UpdateVariable}=1 and commit the file.
            A line that is gone or changed breaks silos of the previous version: keep the old name or number and add a new one beside it.
            """);
        actual.ShouldBe(expected);
    }

    /// <summary>Each line with the section it belongs to, so that a moved member counts as drift.</summary>
    private static string[] Sections(string text)
    {
        var section = "";
        List<string> lines = [];
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith(' '))
                section = line;
            lines.Add(line.StartsWith(' ') ? $"{section}: {line.Trim()}" : line);
        }

        return [.. lines];
    }
}
