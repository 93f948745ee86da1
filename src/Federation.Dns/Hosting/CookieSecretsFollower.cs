using Federation.Dns.Answering.Cookies;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Hosting;

/// <summary>Keeps the secrets of cookies as the file has them. A file that goes away or becomes wrong changes nothing; a later one does.</summary>
internal sealed partial class CookieSecretsFollower(string file, ServerCookies cookies, TimeProvider time, ILogger<CookieSecretsFollower> logger) : SettingsFollower(time)
{
    private string? _text;

    /// <summary>A sentence about what is wrong with the file; null: its secrets are in use.</summary>
    protected override string? TryUse()
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The cookie secrets cannot be read from '{file}': {exception.Message}";
        }

        if (text == _text)
            return null;
        if (!ServerCookies.TryParse(text, out var secrets, out var problem))
            return $"'{file}': {problem}";
        cookies.Use(secrets);
        if (_text is not null)
            LogChanged(secrets.Length);
        _text = text;
        return null;
    }

    protected override void LogKept(string problem) => LogNotUsed(problem);

    [LoggerMessage(EventId = 5021, Level = LogLevel.Information, Message = "Cookies now have {Count} secrets")]
    private partial void LogChanged(int count);

    [LoggerMessage(EventId = 5022, Level = LogLevel.Warning, Message = "The secrets of cookies stay what they were. {Problem}")]
    private partial void LogNotUsed(string problem);
}
