using System.Buffers.Binary;
using System.Diagnostics;
using System.Formats.Tar;
using System.Text;

namespace Federation.TestKit.Docker;

/// <summary>The machine's own busybox, as the content of an image that needs no registry.</summary>
internal static class Busybox
{
    private const int ProgramHeaderTypeInterpreter = 3;

    /// <summary>Path of a statically linked busybox; null when there is none on PATH.</summary>
    public static string? Find()
    {
        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return directories.Append("/bin").Append("/usr/bin").Select(directory => Path.Combine(directory, "busybox")).FirstOrDefault(path => File.Exists(path) && IsStatic(path));
    }

    /// <summary>True for a 64-bit little-endian ELF file that names no interpreter: it runs where there are no libraries.</summary>
    public static bool IsStatic(string path)
    {
        // ELF-64 header: e_phoff at 32, e_phentsize at 54, e_phnum at 56; a program header starts with its type.
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[64];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            return false;
        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        Span<byte> type = stackalloc byte[4];
        for (var index = 0; index < count; index++)
        {
            file.Position = offset + (index * size);
            file.ReadExactly(type);
            if (BinaryPrimitives.ReadInt32LittleEndian(type) == ProgramHeaderTypeInterpreter)
                return false;
        }

        return true;
    }

    /// <summary>Writes a root file system: busybox, a link per command it has, and what programs expect to find.</summary>
    public static async Task WriteRootFileSystemAsync(TarWriter tar, string busybox, CancellationToken cancellationToken)
    {
        foreach (var directory in (ReadOnlySpan<string>)["bin", "etc", "root", "proc", "sys", "dev", "www"])
            tar.WriteEntry(Directory(directory, 0b111_101_101));
        tar.WriteEntry(Directory("tmp", 0b1_111_111_111));
        tar.WriteEntry(Text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"));
        tar.WriteEntry(Text("etc/group", "root:x:0:\nnogroup:x:65534:\n"));
        await using (var content = File.OpenRead(busybox))
        {
            var file = new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = Executable, DataStream = content };
            await tar.WriteEntryAsync(file, cancellationToken);
        }

        foreach (var command in await ListCommandsAsync(busybox, cancellationToken))
        {
            if (command != "busybox")
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{command}") { LinkName = "busybox" }, cancellationToken);
        }
    }

    public static PaxTarEntry Text(string path, string content, bool executable = false) => new(TarEntryType.RegularFile, path)
    {
        Mode = executable ? Executable : UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
    };

    public static PaxTarEntry Directory(string path, int mode) => new(TarEntryType.Directory, $"{path}/") { Mode = (UnixFileMode)mode };

    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static async Task<string[]> ListCommandsAsync(string busybox, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(busybox, "--list") { RedirectStandardOutput = true, UseShellExecute = false })
            ?? throw new InvalidOperationException($"{busybox} did not start.");
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
