namespace Federation.Silo.Hosting;

/// <summary>The process cannot start; the message is a sentence for the person who starts it.</summary>
internal sealed class StartupException(string message, Exception? innerException = null) : Exception(message, innerException);
