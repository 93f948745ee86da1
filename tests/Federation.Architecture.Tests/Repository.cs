using System.Xml.Linq;

namespace Federation.Architecture.Tests;

/// <summary>The sources as they lie in the work tree.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every project below a folder of the repository, by name.</summary>
    public static IReadOnlyDictionary<string, Project> Projects(string folder) => Directory.Exists(Path.Combine(Root, folder))
        ? Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories).Select(Project.Read).ToDictionary(project => project.Name)
        : new Dictionary<string, Project>();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Federation.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Federation.sln is not above the test's folder.");
    }
}

internal sealed record Project(string Name, string Folder, IReadOnlyList<string> References, IReadOnlyList<string> Packages, IReadOnlyList<string> Frameworks)
{
    public static Project Read(string file)
    {
        var document = XDocument.Load(file);
        return new Project(
            Path.GetFileNameWithoutExtension(file),
            Path.GetDirectoryName(file)!,
            [.. Includes(document, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))],
            Includes(document, "PackageReference"),
            Includes(document, "FrameworkReference"));
    }

    public IEnumerable<SourceFile> Sources() => Directory
        .EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
        .Select(path => new SourceFile(this, path));

    private static List<string> Includes(XDocument document, string element) =>
        [.. document.Descendants(element).Select(reference => reference.Attribute("Include")?.Value).OfType<string>()];
}

internal sealed record SourceFile(Project Project, string Path)
{
    public string Text { get; } = File.ReadAllText(Path);

    public int Lines => Text.Count(character => character == '\n');

    public string RelativePath => System.IO.Path.GetRelativePath(Repository.Root, Path);

    /// <summary>The namespace the file's folder stands for.</summary>
    public string FolderNamespace
    {
        get
        {
            var folder = System.IO.Path.GetRelativePath(Project.Folder, System.IO.Path.GetDirectoryName(Path)!);
            return folder == "." ? Project.Name : $"{Project.Name}.{folder.Replace('/', '.')}";
        }
    }

    /// <summary>Null: the file declares none (top-level statements, assembly attributes).</summary>
    public string? DeclaredNamespace => Text.Split('\n')
        .Where(line => line.StartsWith("namespace ", StringComparison.Ordinal))
        .Select(line => line["namespace ".Length..].TrimEnd(';', '\r', ' ', '{'))
        .FirstOrDefault();
}
