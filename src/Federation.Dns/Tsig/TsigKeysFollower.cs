using Federation.Dns.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Tsig;

/// <summary>Keeps the keys as the file has them. A file that goes away or becomes wrong changes nothing; a later one does.</summary>
internal sealed partial class TsigKeysFollower(string file, TsigKeys keys, TimeProvider time, ILogger<TsigKeysFollower> logger) : SettingsFollower(time)
{
    private string? _text;

    /// <summary>A sentence about what is wrong with the file; null: its keys are in use.</summary>
    protected override string? TryUse()
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The DNS keys cannot be read from '{file}': {exception.Message}";
        }

        if (text == _text)
            return null;
        if (!TsigKeys.TryParse(text, out var read, out var problem))
            return $"'{file}': {problem}";
        keys.Use(read);
        if (_text is not null)
            LogChanged(read.Length);
        _text = text;
        return null;
    }

    protected override void LogKept(string problem) => LogNotUsed(problem);

    [LoggerMessage(EventId = 5051, Level = LogLevel.Information, Message = "{Count} DNS keys are shared with other servers now")]
    private partial void LogChanged(int count);

    [LoggerMessage(EventId = 5052, Level = LogLevel.Warning, Message = "The DNS keys stay what they were. {Problem}")]
    private partial void LogNotUsed(string problem);
}
