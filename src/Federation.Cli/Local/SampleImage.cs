using System.Diagnostics;

namespace Federation.Cli.Local;

/// <summary>Makes the sample's images on the machine's engine with <c>samples/web/build</c>; they need no registry.</summary>
internal static class SampleImage
{
    /// <exception cref="CliException">The script failed; its last line says why.</exception>
    public static async Task BuildAsync(string docker, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Programs.Sample("build")) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        if (docker.Length > 0)
            start.Environment["DOCKER_HOST"] = docker;
        using var process = Process.Start(start) ?? throw new CliException($"{start.FileName} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new CliException($"The sample image could not be built: {error.Trim().Split('\n').LastOrDefault()}\n{(await output).Trim()}".TrimEnd());
    }
}
