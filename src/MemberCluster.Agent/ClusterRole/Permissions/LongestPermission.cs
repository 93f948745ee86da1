using System.Globalization;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Permissions;

/// <summary>How long permissions of this cluster agent's lives can be, durably: whoever comes after it must wait for their end. In the file <c>node-permission</c>, in seconds.</summary>
internal sealed class LongestPermission
{
    private readonly string _path;

    public LongestPermission(string dataDirectory)
    {
        _path = Path.Combine(dataDirectory, "node-permission");
        Recorded = TryRead(_path);
    }

    /// <summary>Null: nothing is known of what was permitted. Never less than what any node may still have.</summary>
    public TimeSpan? Recorded { get; private set; }

    /// <returns>False: it could not be stored, and what was recorded before holds.</returns>
    public bool TryRecord(TimeSpan length)
    {
        if (Recorded == length)
            return true;
        try
        {
            DurableFile.Replace(_path, System.Text.Encoding.ASCII.GetBytes(length.TotalSeconds.ToString("R", CultureInfo.InvariantCulture)));
            Recorded = length;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static TimeSpan? TryRead(string path)
    {
        try
        {
            return double.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
