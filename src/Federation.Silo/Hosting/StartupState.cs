namespace Federation.Silo.Hosting;

/// <summary>Whether everything has started; what fails before is told by the one who started it.</summary>
internal sealed class StartupState
{
    private volatile bool _isOver;

    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }
}
