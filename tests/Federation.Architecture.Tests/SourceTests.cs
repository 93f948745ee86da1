using System.Text.RegularExpressions;

namespace Federation.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int LongestFile = 600;

    /// <summary>Libraries whose users see one namespace, whatever the folders: <c>using Federation.Client;</c> is enough.</summary>
    private static readonly string[] OneFace = ["Federation.Client", "Federation.Embedded"];

    [Fact]
    public void Files_OfSrc_AreShortEnoughToRead() => Sources("src")
        .Where(source => source.Lines > LongestFile)
        .Select(source => $"{source.RelativePath}: {source.Lines} lines")
        .ShouldBeEmpty();

    [Fact]
    public void Namespaces_FollowTheFolders() => Sources("src").Concat(Sources("tests")).Concat(Sources("bench"))
        .Where(source => source.DeclaredNamespace is { } declared && declared != source.FolderNamespace && !MayDeclare(source, declared))
        .Select(source => $"{source.RelativePath}: {source.DeclaredNamespace}")
        .ShouldBeEmpty();

    [Fact]
    public void Sources_HoldNoUnfinishedWork() => Sources("src")
        .Where(source => Unfinished().IsMatch(source.Text))
        .Select(source => source.RelativePath)
        .ShouldBeEmpty();

    [Fact]
    public void Projects_AllOfThem_AreInTheSolution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Federation.sln"));

        Repository.Projects("src").Keys.Concat(Repository.Projects("tests").Keys).Concat(Repository.Projects("bench").Keys)
            .Where(name => !solution.Contains($"\"{name}\"", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    /// <summary>The embedded engine implements Orleans' API surface, and so uses its namespaces.</summary>
    private static bool MayDeclare(SourceFile source, string declared) =>
        (OneFace.Contains(source.Project.Name) && declared == source.Project.Name)
        || (source.Project.Name == "Federation.Embedded" && (declared == "Orleans" || declared.StartsWith("Orleans.", StringComparison.Ordinal)));

    private static IEnumerable<SourceFile> Sources(string folder) => Repository.Projects(folder).Values.SelectMany(project => project.Sources());

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|new NotImplementedException", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unfinished();
}
