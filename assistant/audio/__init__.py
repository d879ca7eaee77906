"""What capture and playback share: ring buffer, resampling, and the one door to PortAudio."""
